// ENABLE: switches extensions on for the rest of the login.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::enable {

struct Args {
  std::vector<std::string> words;  ///< those that are known here, in capitals
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "ENABLE",
                                                         .capability = "ENABLE CONDSTORE QRESYNC UIDONLY UTF8=ACCEPT",
                                                         .rfc = "RFC 9051 section 6.3.1",
                                                         .example = "ENABLE CONDSTORE",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::enable
