// RENAME: a mailbox and all below it get another name.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::rename {

struct Args {
  std::string from;
  std::string to;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "RENAME",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.3.6",
                                                         .example = "RENAME blurdybloop sarasoop",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::rename
