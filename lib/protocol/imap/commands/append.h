// APPEND: a message into a mailbox; its literal goes through piece by piece.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::append {

struct Args {
  std::string name;
  Flags flags;
  std::optional<WallTime> date;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "APPEND",
                                                         .capability = "IMAP4rev1 UIDPLUS",
                                                         .rfc = "RFC 9051 section 6.3.12",
                                                         .example = "APPEND saved-messages (\\Seen) {5+}\r\na:b\r\n",
                                                         .phases = kLoggedIn,
                                                         .effects = Effect::streams});

}  // namespace posthorn::imap::commands::append
