// GETQUOTAROOT: the quota roots that a mailbox counts to, with their use and limits.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::getquotaroot {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "GETQUOTAROOT",
                                                         .capability = "QUOTA",
                                                         .rfc = "RFC 9208 section 4.1.2",
                                                         .example = "GETQUOTAROOT INBOX",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::getquotaroot
