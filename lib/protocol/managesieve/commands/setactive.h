// Makes a script the active one; with "" there is none afterwards.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::setactive_ {

struct Args {
  std::string name;  ///< may be empty
};
Result<Args> parse(Cursor& c);  // "SETACTIVE" SP active-sieve-name
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "SETACTIVE",
                                                         .rfc = "RFC 5804 section 2.8",
                                                         .example = "SETACTIVE \"mine\"",
                                                         .states = State::authenticated});

}  // namespace posthorn::managesieve::commands::setactive_
