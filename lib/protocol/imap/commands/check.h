// CHECK: a checkpoint; every change is durable already.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::check {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "CHECK",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 3501 section 6.4.1",
                                                         .example = "CHECK",
                                                         .phases = Phase::selected,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::check
