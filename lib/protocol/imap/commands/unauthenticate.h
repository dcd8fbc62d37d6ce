// UNAUTHENTICATE: back to the state before the login, on the same connection.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::unauthenticate {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "UNAUTHENTICATE",
                                                         .capability = "UNAUTHENTICATE",
                                                         .rfc = "RFC 8437 section 3",
                                                         .example = "UNAUTHENTICATE",
                                                         .phases = kLoggedIn,
                                                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::unauthenticate
