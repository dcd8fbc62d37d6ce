// Logs in with the name that USER gave; the password is everything behind the space.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::pass_ {

struct Args {
  Secret password;
};
Result<Args> parse(Cursor& c);  // "PASS" SP string
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "PASS", .rfc = "RFC 1939 section 7", .example = "PASS correct horse", .states = State::named});

}  // namespace posthorn::pop3::commands::pass_
