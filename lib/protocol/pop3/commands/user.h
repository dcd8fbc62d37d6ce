// Names the mailbox; PASS follows.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::user_ {

struct Args {
  std::string user;
};
Result<Args> parse(Cursor& c);  // "USER" SP name
Deed run(Args args, const Facts& facts);
std::string capability(const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "USER",
                                                         .rfc = "RFC 1939 section 7",
                                                         .example = "USER ann@example.org",
                                                         .states = kBeforeLogin,
                                                         .capability = capability});

}  // namespace posthorn::pop3::commands::user_
