// EXAMINE: SELECT for reading only.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/commands/select.h"

namespace posthorn::imap::commands::examine {

Result<std::unique_ptr<Execution>> run(select::Args args, State& state);
inline constexpr CommandSpec spec = command<select::parse, run>({.name = "EXAMINE",
                                                                 .capability = "IMAP4rev1",
                                                                 .rfc = "RFC 9051 section 6.3.3",
                                                                 .example = "EXAMINE blurdybloop (CONDSTORE)",
                                                                 .phases = kLoggedIn,
                                                                 .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::examine
