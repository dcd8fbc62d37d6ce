// COMPARATOR: by which collation SEARCH, SORT and THREAD compare texts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::comparator {

/// Most comparators in one command.
inline constexpr std::size_t kMaxOrders = 50;

struct Args {
  std::vector<std::string> orders;  ///< names, perhaps with wildcards, the preferred one first; none: which is active?
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "COMPARATOR",
                                                         .capability = "I18NLEVEL=2",
                                                         .rfc = "RFC 5255 section 4.7",
                                                         .example = "COMPARATOR \"cz;*\" i;unicode-casemap",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::comparator
