// Lists the names of the scripts and which one is active.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::listscripts_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "LISTSCRIPTS"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "LISTSCRIPTS", .rfc = "RFC 5804 section 2.7", .example = "LISTSCRIPTS", .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::listscripts_
