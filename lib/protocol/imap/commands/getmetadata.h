// GETMETADATA: annotations of a mailbox or, with an empty name, of the server.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/metadata_text.h"

namespace posthorn::imap::commands::getmetadata {

struct Args {
  std::string name;
  EntryChoice choice;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "GETMETADATA",
                         .capability = "METADATA METADATA-SERVER",
                         .rfc = "RFC 5464 section 4.2",
                         .example = "GETMETADATA \"INBOX\" (DEPTH 1 MAXSIZE 1024) (/private/filters/values)",
                         .phases = kLoggedIn,
                         .effects = {}});

}  // namespace posthorn::imap::commands::getmetadata
