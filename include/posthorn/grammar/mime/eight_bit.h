// Messages of any octets (BODY=BINARYMIME, RFC 3030) made fit for everything that works with lines: mailboxes, POP3,
// IMAP, and hosts that do not take them as they are.
#pragma once

#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// The same message in lines that end in CRLF, as 8BITMIME takes it; nothing is lost and no encoding is nested (RFC
/// 3030 section 3). Bodies with NULs, lone line ends or lines over 998 octets become quoted-printable where they are
/// text, base64 otherwise; what is labelled binary and is lines becomes 8bit. Every other octet stays, so a message
/// without binary parts comes back as it was. DKIM signatures do not survive a change: who verifies them does it
/// before.
///
/// @errors all the peer's: unsupported (a binary body inside multipart/signed, whose signature would break; in an
///         encoding that is not known; of a type that is never encoded, as message/partial), syntax (NUL or a lone line
///         end outside of bodies)
[[nodiscard]] Result<std::string> to_eight_bit(View message);

}  // namespace posthorn::mime
