// LANGUAGE: in which language the server says things. All texts are English, which i-default means too (RFC 2277).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::language {

/// Most ranges in one command.
inline constexpr std::size_t kMaxRanges = 50;

struct Args {
  std::vector<std::string> ranges;  ///< the preferred one first; none: which are there?
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "LANGUAGE",
                                                         .capability = "LANGUAGE",
                                                         .rfc = "RFC 5255 section 3.2",
                                                         .example = "LANGUAGE FR EN \"default\"",
                                                         .phases = kAnyPhase,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::language
