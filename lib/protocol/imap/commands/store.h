// STORE: changes flags; answers with the new ones unless SILENT.
#pragma once

#include <memory>
#include <optional>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::store {

struct Args {
  SequenceSet set;
  FlagChange change = FlagChange::replace;
  bool silent = false;
  std::optional<ModSeq> unchanged_since;  ///< RFC 7162 section 3.1.3
  Flags flags;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "STORE",
                         .capability = "IMAP4rev1",
                         .rfc = "RFC 9051 section 6.4.6",
                         .example = "STORE 2:4 (UNCHANGEDSINCE 320162338) +FLAGS (\\Deleted)",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::store
