// Logs in with a SASL mechanism.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::auth_ {

struct Args {
  std::string mechanism;
  std::optional<std::string> initial;
};
Result<Args> parse(Cursor& c);  // "AUTH" SP mechanism [SP initial-response]
Deed run(Args args, const Facts& facts);
std::string capability(const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "AUTH",
                                                         .rfc = "RFC 5034 section 4",
                                                         .example = "AUTH PLAIN AGFubgBwYXNzd29yZA==",
                                                         .states = kBeforeLogin,
                                                         .capability = capability});

}  // namespace posthorn::pop3::commands::auth_
