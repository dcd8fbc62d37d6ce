// DELETEACL: somebody has no entry in the ACL of a mailbox any more.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::deleteacl {

struct Args {
  std::string name;
  std::string identifier;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "DELETEACL",
                                                         .capability = "ACL RIGHTS=kxte",
                                                         .rfc = "RFC 4314 section 3.2",
                                                         .example = "DELETEACL INBOX/Drafts John",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::deleteacl
