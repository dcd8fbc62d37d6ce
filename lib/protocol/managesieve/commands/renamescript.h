// Gives a script another name.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::renamescript_ {

struct Args {
  std::string from;
  std::string to;
};
Result<Args> parse(Cursor& c);  // "RENAMESCRIPT" SP old-sieve-name SP new-sieve-name
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "RENAMESCRIPT",
                                                         .rfc = "RFC 5804 section 2.11",
                                                         .example = "RENAMESCRIPT \"mine\" \"new\"",
                                                         .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::renamescript_
