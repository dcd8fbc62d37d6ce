// COMPRESS: everything after its answer is DEFLATE.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::compress {

struct Args {
  std::string algorithm;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
/// Only after login: a stranger gets no memory for it, and no login shares a dictionary with what others may choose.
inline constexpr CommandSpec spec = command<parse, run>({.name = "COMPRESS",
                                                         .capability = "COMPRESS=DEFLATE",
                                                         .rfc = "RFC 4978 section 3",
                                                         .example = "COMPRESS DEFLATE",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::compress
