// Tells the unique id of one message or of all.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::uidl_ {

struct Args {
  std::optional<std::uint32_t> number;
};
Result<Args> parse(Cursor& c);  // "UIDL" [SP number]
Deed run(Args args, const Facts& facts);
std::string capability(const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "UIDL",
                                                         .rfc = "RFC 1939 section 7",
                                                         .example = "UIDL 1",
                                                         .states = State::transaction,
                                                         .capability = capability});

}  // namespace posthorn::pop3::commands::uidl_
