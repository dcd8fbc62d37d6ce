// Does nothing, and says the string again: clients find their place in the answers by it.
#pragma once

#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve::commands::noop_ {

struct Args {
  std::optional<std::string> tag;
};
Result<Args> parse(Cursor& c);  // "NOOP" [SP string]
Deed run(Args args, const Facts& facts);

inline constexpr CommandSpec spec =
    command<parse, run>({.name = "NOOP", .rfc = "RFC 5804 section 2.13", .example = "NOOP \"STARTTLS-SYNC-42\""});

}  // namespace posthorn::managesieve::commands::noop_
