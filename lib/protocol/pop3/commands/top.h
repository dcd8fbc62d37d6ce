// Sends the head of a message and the first lines of its body.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::top_ {

struct Args {
  std::uint32_t number = 0;
  std::uint64_t lines = 0;
};
Result<Args> parse(Cursor& c);  // "TOP" SP number SP lines
Deed run(Args args, const Facts& facts);
std::string capability(const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "TOP",
                                                         .rfc = "RFC 1939 section 7",
                                                         .example = "TOP 1 10",
                                                         .states = State::transaction,
                                                         .capability = capability});

}  // namespace posthorn::pop3::commands::top_
