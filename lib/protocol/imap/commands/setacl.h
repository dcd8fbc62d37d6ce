// SETACL: the rights of somebody on a mailbox are set, added to or taken away.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::setacl {

struct Args {
  std::string name;
  std::string identifier;
  RightsChange change = RightsChange::replace;
  Rights rights;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "SETACL",
                                                         .capability = "ACL RIGHTS=kxte",
                                                         .rfc = "RFC 4314 section 3.1",
                                                         .example = "SETACL INBOX/Drafts John lrswicda",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::setacl
