// Ends the session; in the transaction state it removes what is marked.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::quit_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "QUIT"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "QUIT", .rfc = "RFC 1939 sections 4 and 6", .example = "QUIT", .states = kOpen});

}  // namespace posthorn::pop3::commands::quit_
