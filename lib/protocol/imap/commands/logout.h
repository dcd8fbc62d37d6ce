// LOGOUT: BYE, then the end.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::logout {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "LOGOUT",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.1.3",
                                                         .example = "LOGOUT",
                                                         .phases = kAnyPhase,
                                                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::logout
