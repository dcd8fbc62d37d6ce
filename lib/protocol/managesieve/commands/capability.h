// Tells what the server can; it says the same unasked as its greeting and behind TLS.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::capability_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "CAPABILITY"
Deed run(Args args, const Facts& facts);

/// The lines, each with its CRLF (RFC 5804 section 1.7).
[[nodiscard]] std::string lines(const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "CAPABILITY", .rfc = "RFC 5804 section 2.4", .example = "CAPABILITY"});

}  // namespace posthorn::managesieve::commands::capability_
