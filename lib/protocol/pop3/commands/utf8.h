// Allows UTF-8 in headers and answers. Messages are sent as they are stored, with and without it.
#pragma once

#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3::commands::utf8_ {

struct Args {};
Result<Args> parse(Cursor& c);  // "UTF8"
Deed run(Args args, const Facts& facts);
std::string capability(const Facts& facts);

inline constexpr CommandSpec spec = command<parse, run>({.name = "UTF8",
                                                         .rfc = "RFC 6856 section 2.1",
                                                         .example = "UTF8",
                                                         .states = kBeforeLogin,
                                                         .capability = capability});

}  // namespace posthorn::pop3::commands::utf8_
