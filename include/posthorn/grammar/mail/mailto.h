// The address in a "mailto:" URI (RFC 6068), as records that ask for reports name it.
#pragma once

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::mail {

/// The one address of "mailto:dmarc%2Dreports@example.org?subject=x"; header fields behind "?" are passed over.
/// @errors syntax (another scheme, no address, more than one, an octet over 127)
[[nodiscard]] Result<Mailbox> parse_mailto(View uri);

}  // namespace posthorn::mail
