// Patterns of LIST and LSUB (RFC 9051 section 6.3.9): * stands for anything, % for anything within one level.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::imap {

class Pattern {
 public:
  explicit Pattern(std::string text);
  /// Whether a mailbox name matches; INBOX in any case. Takes (octets of the name) * (octets of the pattern) at most.
  [[nodiscard]] bool matches(View name) const;

 private:
  std::string text_;  // without repeated wildcards
};

}  // namespace posthorn::imap
