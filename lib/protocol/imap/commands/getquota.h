// GETQUOTA: use and limits of a quota root.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::getquota {

struct Args {
  std::string root;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>(
    {.name = "GETQUOTA",
     .capability = "QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-MAILBOX QUOTA=RES-ANNOTATION-STORAGE",
     .rfc = "RFC 9208 section 4.1.1",
     .example = "GETQUOTA \"!partition/sda4\"",
     .phases = kLoggedIn,
     .effects = {}});

}  // namespace posthorn::imap::commands::getquota
