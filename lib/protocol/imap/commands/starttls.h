// STARTTLS: everything after it is encrypted, and everything before it is forgotten.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::starttls {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "STARTTLS",
                                                         .capability = "STARTTLS",
                                                         .rfc = "RFC 9051 section 6.2.1",
                                                         .example = "STARTTLS",
                                                         .phases = Phase::not_authenticated,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::starttls
