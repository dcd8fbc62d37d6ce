// Tells the size of one message or of all.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::list_ {

struct Args {
  std::optional<std::uint32_t> number;
};
Result<Args> parse(Cursor& c);  // "LIST" [SP number]
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "LIST", .rfc = "RFC 1939 section 5", .example = "LIST 1", .states = State::transaction});

}  // namespace posthorn::pop3::commands::list_
