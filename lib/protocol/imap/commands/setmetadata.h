// SETMETADATA: annotations of a mailbox or of the server are set or, with NIL, removed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/namespaces.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::setmetadata {

struct Args {
  std::string name;
  std::vector<MetadataEntry> entries;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "SETMETADATA",
                         .capability = "METADATA METADATA-SERVER",
                         .rfc = "RFC 5464 section 4.3",
                         .example = "SETMETADATA INBOX (/shared/comment NIL /private/comment \"My own comment\")",
                         .phases = kLoggedIn,
                         .effects = {}});

}  // namespace posthorn::imap::commands::setmetadata
