// Starts TLS; the capabilities are told again behind the handshake.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::starttls_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "STARTTLS"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "STARTTLS", .rfc = "RFC 5804 section 2.2", .example = "STARTTLS", .states = State::unauthenticated});

}  // namespace posthorn::managesieve::commands::starttls_
