// ENABLE: switches extensions on; so far there is none to switch.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::enable {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "ENABLE",
                                                         .capability = "ENABLE",
                                                         .rfc = "RFC 9051 section 6.3.1",
                                                         .example = "ENABLE UNKNOWN",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::enable
