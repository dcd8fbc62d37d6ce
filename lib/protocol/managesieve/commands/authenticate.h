// Logs in with a SASL mechanism.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::authenticate_ {

struct Args {
  std::string mechanism;
  std::optional<std::string> initial;
};
Result<Args> parse(Cursor& c);  // "AUTHENTICATE" SP auth-type [SP string]
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "AUTHENTICATE",
                                                         .rfc = "RFC 5804 section 2.1",
                                                         .example = "AUTHENTICATE \"PLAIN\" \"AGFubgBwYXNzd29yZA==\"",
                                                         .states = State::unauthenticated});

}  // namespace posthorn::managesieve::commands::authenticate_
