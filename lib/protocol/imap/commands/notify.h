// NOTIFY: what the client wants to hear of beside its commands, in the selected mailbox and in others.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/notification.h"

namespace posthorn::imap::commands::notify {

using Args = notification::Request;
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "NOTIFY",
                         .capability = "NOTIFY",
                         .rfc = "RFC 5465 section 3.1",
                         .example = "NOTIFY SET STATUS (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange)) "
                                    "(subtree Lists (MessageNew MessageExpunge))",
                         .phases = kLoggedIn,
                         .effects = {}});

}  // namespace posthorn::imap::commands::notify
