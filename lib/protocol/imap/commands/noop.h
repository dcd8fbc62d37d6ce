// NOOP: nothing, and with it the news that every command brings.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::noop {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "NOOP",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.1.2",
                                                         .example = "NOOP",
                                                         .phases = kAnyPhase,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::noop
