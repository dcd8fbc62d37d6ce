// DELETE: a mailbox and its messages go for good.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::delete_ {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "DELETE",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.3.5",
                                                         .example = "DELETE blurdybloop",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::delete_
