// THREAD: what SEARCH finds, as trees of messages that follow each other.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/search_key.h"
#include "protocol/imap/threading.h"

namespace posthorn::imap::commands::thread {

struct Args {
  threading::Algorithm algorithm = threading::Algorithm::references;
  imap::search::Program program;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "THREAD",
                         .capability = "THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS",
                         .rfc = "RFC 5256 section 3",
                         .example = "THREAD REFERENCES UTF-8 SINCE 5-Mar-2000",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::thread
