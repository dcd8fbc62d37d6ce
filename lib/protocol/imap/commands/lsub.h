// LSUB: subscriptions, as clients of IMAP4rev1 ask for them.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::lsub {

struct Args {
  std::string reference;
  std::string pattern;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "LSUB",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 3501 section 6.3.9",
                                                         .example = "LSUB \"#news.\" \"comp.mail.*\"",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::lsub
