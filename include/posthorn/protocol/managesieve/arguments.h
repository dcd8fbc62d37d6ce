// The tokens of ManageSieve (RFC 5804 section 4), for both sides.
//
// The text is a whole command or response line: literals stand in it as "{n+}" or "{n}", CRLF and n octets. Nothing
// here waits for input.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

namespace posthorn::managesieve {

/// string = quoted / literal, unescaped. Quoted ones may be as long as the line that they stand in.
bool string(Cursor& c, std::string& out);

/// sieve-name = string. @errors syntax: no script can have this name
bool script_name(Cursor& c, std::string& out);

/// How a server writes a string: quoted where it fits on a line (at most 1024 octets, no CR, LF, NUL), else "{n}".
[[nodiscard]] std::string server_string(View octets);
/// How a client writes a string: quoted, else "{n+}".
[[nodiscard]] std::string client_string(View octets);

}  // namespace posthorn::managesieve
