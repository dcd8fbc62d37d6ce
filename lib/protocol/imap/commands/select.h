// SELECT: a mailbox becomes the selected one.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::select {

struct Args {
  std::string name;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
/// What SELECT and EXAMINE share.
std::unique_ptr<Execution> open(std::string name, bool read_only, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "SELECT",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.3.2",
                                                         .example = "SELECT INBOX",
                                                         .phases = kLoggedIn,
                                                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::select
