// EXPUNGE, and UID EXPUNGE of RFC 4315: removes what is marked as deleted.
#pragma once

#include <memory>
#include <optional>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::expunge {

struct Args {
  std::optional<SequenceSet> set;  ///< with UID only
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "EXPUNGE",
                         .capability = "IMAP4rev1 UIDPLUS",
                         .rfc = "RFC 9051 section 6.4.3",
                         .example = "EXPUNGE",
                         .phases = Phase::selected,
                         .effects = Effect::may_expunge | Effect::takes_uid});

}  // namespace posthorn::imap::commands::expunge
