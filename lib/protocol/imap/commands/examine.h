// EXAMINE: SELECT for reading only.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::examine {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "EXAMINE",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.3.3",
                                                         .example = "EXAMINE blurdybloop",
                                                         .phases = kLoggedIn,
                                                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::examine
