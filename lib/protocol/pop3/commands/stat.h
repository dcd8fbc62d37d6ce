// Counts messages and octets.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::stat_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "STAT"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "STAT", .rfc = "RFC 1939 section 5", .example = "STAT", .states = State::transaction});

}  // namespace posthorn::pop3::commands::stat_
