// Tells what the server can do.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::capa_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "CAPA"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "CAPA", .rfc = "RFC 2449 section 5", .example = "CAPA", .states = kOpen});

}  // namespace posthorn::pop3::commands::capa_
