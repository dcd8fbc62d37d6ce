// MOVE: messages into another mailbox and out of this one, in one step.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::move {

struct Args {
  SequenceSet set;
  std::string target;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "MOVE",
                         .capability = "MOVE",
                         .rfc = "RFC 6851 section 3.1",
                         .example = "MOVE 1:3 Archive",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::may_expunge | Effect::takes_uid});

}  // namespace posthorn::imap::commands::move
