// CLOSE: removes what is marked as deleted and leaves the mailbox.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::close {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "CLOSE",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.4.1",
                                                         .example = "CLOSE",
                                                         .phases = Phase::selected,
                                                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::close
