// Starts TLS.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::stls_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "STLS"
Deed run(Args args, const Facts& facts);
std::string capability(const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "STLS", .rfc = "RFC 2595 section 4", .example = "STLS", .states = kBeforeLogin, .capability = capability});

}  // namespace posthorn::pop3::commands::stls_
