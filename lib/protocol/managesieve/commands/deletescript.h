// Removes a script that is not active.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::deletescript_ {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);  // "DELETESCRIPT" SP sieve-name
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "DELETESCRIPT",
                                                         .rfc = "RFC 5804 section 2.10",
                                                         .example = "DELETESCRIPT \"mine\"",
                                                         .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::deletescript_
