// Ends the session.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::logout_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "LOGOUT"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "LOGOUT", .rfc = "RFC 5804 section 2.3", .example = "LOGOUT"});

}  // namespace posthorn::managesieve::commands::logout_
