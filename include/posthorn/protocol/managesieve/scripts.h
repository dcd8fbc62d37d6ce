// The port that ManageSieve stands on: the Sieve scripts of one user, and what a checker says about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::managesieve {

/// One remark about a script. Lines and columns begin at 1; 0: it is about no place.
struct Diagnostic {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text;  ///< for the user, UTF-8
  bool operator==(const Diagnostic&) const = default;
};

/// What a checker thinks of a script. It is one exactly when there are no errors.
struct Verdict {
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  bool operator==(const Verdict&) const = default;
};

/// A script in a listing.
struct ListedScript {
  std::string name;
  bool active = false;
  bool operator==(const ListedScript&) const = default;
};

/// Whether a script can have this name (RFC 5804 section 1.6): UTF-8 of 1 to 128 characters, so at most 512 octets,
/// without controls and line separators. Whether it is normalized is not looked at: names that differ are different.
[[nodiscard]] bool is_script_name(View name);

/// All calls may block. Names are such as is_script_name() accepts.
/// @errors of every call: what the store says (unavailable, no_space, corrupt)
class Scripts {
 public:
  virtual ~Scripts() = default;

  /// By name, octet by octet.
  [[nodiscard]] virtual Result<std::vector<ListedScript>> list() = 0;
  /// @errors not_found
  [[nodiscard]] virtual Result<std::string> get(View name) = 0;
  /// Stores a script unless the verdict has errors; one of that name is replaced and stays active when it was.
  /// @errors too_long (the script), too_many (scripts), over_quota
  [[nodiscard]] virtual Result<Verdict> put(View name, View octets) = 0;
  /// @errors too_long
  [[nodiscard]] virtual Result<Verdict> check(View octets) = 0;
  /// @errors not_found, bad_state (it is the active one)
  [[nodiscard]] virtual Result<void> remove(View name) = 0;
  /// An active script stays active. @errors not_found, exists
  [[nodiscard]] virtual Result<void> rename(View from, View to) = 0;
  /// @param name  empty: no script is active afterwards. @errors not_found
  [[nodiscard]] virtual Result<void> activate(View name) = 0;
  /// Whether a script of this size could be stored. @errors too_long, too_many, over_quota
  [[nodiscard]] virtual Result<void> have_space(View name, std::uint64_t octets) = 0;
};

}  // namespace posthorn::managesieve
