// UNSELECT: leaves the mailbox and removes nothing.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::unselect {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "UNSELECT",
                                                         .capability = "UNSELECT",
                                                         .rfc = "RFC 9051 section 6.4.2",
                                                         .example = "UNSELECT",
                                                         .phases = Phase::selected,
                                                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::unselect
