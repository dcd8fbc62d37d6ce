// Every question that a script can ask the world. What is not overridden is answered as by a host that has no such
// thing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::sieve {

class Program;

/// Where an included script is looked for (RFC 6609 section 3.2).
enum class Location : std::uint8_t { personal, global };

/// What a filter says of a message (RFC 5235).
struct Score {
  bool tested = false;
  double share = 0;  ///< 0: surely good, 1: surely bad
};

/// Calls may block. An error ends the script as a run-time error.
class Environment {
 public:
  virtual ~Environment() = default;

  [[nodiscard]] virtual WallTime now() const = 0;
  /// Minutes east of Greenwich in which the user lives, for dates without a zone (RFC 5260 section 4.1).
  [[nodiscard]] virtual std::chrono::minutes zone() const { return {}; }

  /// An item of RFC 5183 section 4.1, of RFC 6785 section 4, or of the host's own.
  [[nodiscard]] virtual std::optional<std::string> item(View /*name*/) const { return std::nullopt; }
  /// What ${vnd.dovecot.environment.NAME} and the like of the host's own give; nullopt: no such thing.
  [[nodiscard]] virtual std::optional<std::string> configured(View /*name*/) const { return std::nullopt; }

  /// Whether something can be filed there (RFC 5490 section 3.1).
  [[nodiscard]] virtual Result<bool> mailbox_exists(View /*name*/) { return false; }
  /// RFC 9042 section 4.2.
  [[nodiscard]] virtual Result<bool> mailbox_id_exists(View /*id*/) { return false; }
  /// RFC 8579 section 3. @param mailbox  nullopt: in any
  [[nodiscard]] virtual Result<bool> special_use_exists(std::optional<View> /*mailbox*/, View /*use*/) { return false; }
  /// An annotation of a mailbox, or of the server where `mailbox` is nullopt (RFC 5490 sections 4, 5).
  [[nodiscard]] virtual Result<std::optional<std::string>> metadata(std::optional<View> /*mailbox*/, View /*entry*/) {
    return std::nullopt;
  }

  /// Whether this was kept in mind before and its time is not over (RFC 7352).
  [[nodiscard]] virtual Result<bool> seen_before(View /*id*/) { return false; }

  /// A script by its name. null: there is none. @errors syntax where it does not compile
  [[nodiscard]] virtual Result<std::shared_ptr<const Program>> include(Location /*where*/, View /*name*/) {
    return std::shared_ptr<const Program>();
  }

  /// RFC 6134: lists of the host, named by URI or by name.
  [[nodiscard]] virtual bool list_exists(View /*list*/) { return false; }
  [[nodiscard]] virtual Result<bool> is_in_list(View /*list*/, View /*value*/) { return false; }

  [[nodiscard]] virtual Score spam() { return {}; }
  [[nodiscard]] virtual Score virus() { return {}; }

  /// Whether the host carries out notifications by this method (RFC 5435 section 5).
  [[nodiscard]] virtual bool can_notify(View /*method*/) { return false; }

  /// What a debugging script says (vnd.dovecot.debug).
  virtual void log(View /*text*/) {}
};

}  // namespace posthorn::sieve
