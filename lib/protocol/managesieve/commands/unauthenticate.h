// Goes back to before the login.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::unauthenticate_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "UNAUTHENTICATE"
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "UNAUTHENTICATE",
                                                         .rfc = "RFC 5804 section 2.14.1",
                                                         .example = "UNAUTHENTICATE",
                                                         .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::unauthenticate_
