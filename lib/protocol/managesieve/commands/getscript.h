// Gives a script.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::getscript_ {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);  // "GETSCRIPT" SP sieve-name
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "GETSCRIPT",
                                                         .rfc = "RFC 5804 section 2.9",
                                                         .example = "GETSCRIPT \"mine\"",
                                                         .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::getscript_
