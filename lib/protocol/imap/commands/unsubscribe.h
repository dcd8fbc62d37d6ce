// UNSUBSCRIBE: a name leaves the list of subscriptions.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::unsubscribe {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "UNSUBSCRIBE",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.3.8",
                                                         .example = "UNSUBSCRIBE blurdybloop",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::unsubscribe
