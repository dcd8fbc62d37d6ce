// Notifications by mail (RFC 5435, RFC 5436).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/action.h"

namespace posthorn::filtering {

/// A "mailto:" URI (RFC 6068); header fields but these are passed over (RFC 5436 section 2.1).
struct MailMethod {
  std::vector<std::string> to;
  std::string subject;
  std::string body;
};
/// nullopt: another scheme, no address, or one that is none.
[[nodiscard]] std::optional<MailMethod> parse_method(View uri);

/// Whether a message with this header may lead to a notification: none that is one itself (RFC 5436 section 5).
[[nodiscard]] bool may_be_notified(View header);

/// What a notification is made of. @lifetime borrowed
struct Notice {
  const sieve::Notify& wishes;
  const MailMethod& method;
  View from;    ///< an address of the owner
  View owner;   ///< the address of the account
  View header;  ///< of the message that it tells of
  WallTime now{};
};
/// @errors the caller's, as mime::compose()
[[nodiscard]] Result<std::string> compose(const Notice& notice, Random& random);

}  // namespace posthorn::filtering
