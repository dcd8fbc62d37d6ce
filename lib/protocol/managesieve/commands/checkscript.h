// Says what is wrong with a script, and stores nothing.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::checkscript_ {

struct Args {
  std::string script;
};
Result<Args> parse(Cursor& c);  // "CHECKSCRIPT" SP sieve-script
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "CHECKSCRIPT",
                                                         .rfc = "RFC 5804 section 2.12",
                                                         .example = "CHECKSCRIPT {5+}\r\nkeep;",
                                                         .states = State::authenticated,
                                                         .literal = &Limits::script});

}  // namespace posthorn::managesieve::commands::checkscript_
