// SEARCH: the messages that answer all keys, as numbers or, with UID, as uids.
#pragma once

#include <memory>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/search_key.h"
#include "protocol/imap/search_return.h"

namespace posthorn::imap::commands::search {

struct Args {
  imap::search::ReturnOptions options;
  imap::search::Program program;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "SEARCH",
                         .capability = "IMAP4rev1 ESEARCH SEARCHRES WITHIN PARTIAL CONTEXT=SEARCH INPROGRESS",
                         .rfc = "RFC 9051 section 6.4.4",
                         .example = "SEARCH RETURN (MIN COUNT SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::search
