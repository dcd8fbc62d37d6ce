// Takes all marks back.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::rset_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "RSET"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "RSET", .rfc = "RFC 1939 section 5", .example = "RSET", .states = State::transaction});

}  // namespace posthorn::pop3::commands::rset_
