// STATUS: counts of a mailbox that need not be selected.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/status_items.h"

namespace posthorn::imap::commands::status {

struct Args {
  std::string name;
  status_items::Items items = 0;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "STATUS",
                                                         .capability = "IMAP4rev1 STATUS=SIZE APPENDLIMIT OBJECTID",
                                                         .rfc = "RFC 9051 section 6.3.11",
                                                         .example = "STATUS blurdybloop (UIDNEXT MESSAGES)",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::status
