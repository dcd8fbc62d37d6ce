// Sends a message.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::retr_ {

struct Args {
  std::uint32_t number = 0;
};
Result<Args> parse(Cursor& c);  // "RETR" SP number
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "RETR", .rfc = "RFC 1939 section 5", .example = "RETR 1", .states = State::transaction});

}  // namespace posthorn::pop3::commands::retr_
