// GETACL: who has which rights on a mailbox.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::getacl {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "GETACL",
                                                         .capability = "ACL RIGHTS=kxte",
                                                         .rfc = "RFC 4314 section 3.3",
                                                         .example = "GETACL INBOX",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::getacl
