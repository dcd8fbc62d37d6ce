// LISTRIGHTS: what somebody may be given on a mailbox.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::listrights {

struct Args {
  std::string name;
  std::string identifier;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "LISTRIGHTS",
                                                         .capability = "ACL RIGHTS=kxte",
                                                         .rfc = "RFC 4314 section 3.4",
                                                         .example = "LISTRIGHTS ~/Mail/saved smith",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::listrights
