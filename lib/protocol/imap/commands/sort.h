// SORT: what SEARCH finds, in another order.
#pragma once

#include <memory>
#include <vector>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/search_key.h"
#include "protocol/imap/search_return.h"
#include "protocol/imap/sort_order.h"

namespace posthorn::imap::commands::sort {

struct Args {
  imap::search::ReturnOptions options;
  std::vector<imap::search::Criterion> order;
  imap::search::Program program;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "SORT",
                         .capability = "SORT SORT=DISPLAY ESORT CONTEXT=SORT",
                         .rfc = "RFC 5256 section 3",
                         .example = "SORT (SUBJECT REVERSE DATE) UTF-8 SINCE 1-Feb-1994",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::sort
