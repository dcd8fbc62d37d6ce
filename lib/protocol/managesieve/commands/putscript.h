// Stores a script that is one.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::putscript_ {

struct Args {
  std::string name;
  std::string script;
};
Result<Args> parse(Cursor& c);  // "PUTSCRIPT" SP sieve-name SP sieve-script
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "PUTSCRIPT",
                                                         .rfc = "RFC 5804 section 2.6",
                                                         .example = "PUTSCRIPT \"mine\" {5+}\r\nkeep;",
                                                         .states = State::authenticated,
                                                         .literal = &Limits::script});

}  // namespace posthorn::managesieve::commands::putscript_
