// What an error sounds like on the wire: the only table of POP3 refusals (RFC 2449 section 8, RFC 3206).
#pragma once

#include "posthorn/bytes/error.h"
#include "posthorn/bytes/view.h"

namespace posthorn::pop3 {

/// The text behind "-ERR ", with its response code where there is one. Never holds the error's note.
[[nodiscard]] View refusal(Code code, Lasting lasting);

}  // namespace posthorn::pop3
