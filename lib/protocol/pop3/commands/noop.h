// Does nothing.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::noop_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "NOOP"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "NOOP", .rfc = "RFC 1939 section 5", .example = "NOOP", .states = State::transaction});

}  // namespace posthorn::pop3::commands::noop_
