// Enhanced status codes: what SMTP replies and delivery reports say in numbers (RFC 3463).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::mail {

/// status-code = class "." subject "." detail (RFC 3463 section 2).
struct StatusCode {
  std::uint16_t kind = 5;     ///< the class: 2 success, 4 may work later, 5 never will
  std::uint16_t subject = 0;  ///< 0 to 999: 1 addresses, 2 mailboxes, 3 mail systems, 4 networks, 7 rules, ...
  std::uint16_t detail = 0;   ///< 0 to 999
  /// "5.1.1"
  [[nodiscard]] std::string text() const;
  bool operator==(const StatusCode&) const = default;
};

/// Takes a code off the front of `text`; nullopt, and `text` as it was, where there is none.
[[nodiscard]] std::optional<StatusCode> take_status_code(View& text);

}  // namespace posthorn::mail
