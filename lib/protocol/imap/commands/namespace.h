// NAMESPACE: where mailboxes lie: the own ones, those of other users, shared ones.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::namespace_ {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "NAMESPACE",
                                                         .capability = "NAMESPACE",
                                                         .rfc = "RFC 9051 section 6.3.10",
                                                         .example = "NAMESPACE",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::namespace_
