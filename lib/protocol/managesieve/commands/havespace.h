// Says whether a script of a size could be stored.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::havespace_ {

struct Args {
  std::string name;
  std::uint64_t octets = 0;
};
Result<Args> parse(Cursor& c);  // "HAVESPACE" SP sieve-name SP number
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "HAVESPACE",
                                                         .rfc = "RFC 5804 section 2.5",
                                                         .example = "HAVESPACE \"myscript\" 999",
                                                         .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::havespace_
