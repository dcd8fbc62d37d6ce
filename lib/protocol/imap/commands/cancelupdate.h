// CANCELUPDATE: the client does not want to hear of the results of some searches any more.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::cancelupdate {

/// Most tags in one command.
inline constexpr std::size_t kMaxTags = 100;

struct Args {
  std::vector<std::string> tags;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "CANCELUPDATE",
                                                         .capability = "CONTEXT=SEARCH",
                                                         .rfc = "RFC 5267 section 4.3.5",
                                                         .example = "CANCELUPDATE \"B01\"",
                                                         .phases = Phase::selected,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::cancelupdate
