// Patterns of LIST and LSUB (RFC 9051 section 6.3.9): * stands for anything, % for anything within one level.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::imap {

/// Longest pattern with its reference, octets.
inline constexpr std::size_t kMaxPattern = 2'000;

class Pattern {
 public:
  explicit Pattern(std::string text);
  /// Whether a mailbox name matches; INBOX in any case. Takes (octets of the name) * (octets of the pattern) at
  /// most, and nothing when the name is too short for the pattern.
  [[nodiscard]] bool matches(View name) const;

 private:
  std::string text_;          // without repeated wildcards
  std::size_t literals_ = 0;  // octets that a name must have at least
};

}  // namespace posthorn::imap
