// Marks a message; QUIT removes it.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::dele_ {

struct Args {
  std::uint32_t number = 0;
};
Result<Args> parse(Cursor& c);  // "DELE" SP number
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "DELE", .rfc = "RFC 1939 section 5", .example = "DELE 1", .states = State::transaction});

}  // namespace posthorn::pop3::commands::dele_
