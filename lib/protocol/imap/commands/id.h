// ID: who talks; what the client says is not kept.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::id {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "ID",
                                                         .capability = "ID",
                                                         .rfc = "RFC 2971 section 3.1",
                                                         .example = "ID (\"name\" \"sodr\" \"version\" NIL)",
                                                         .phases = kAnyPhase,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::id
