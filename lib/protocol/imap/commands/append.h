// APPEND: messages into a mailbox, all or none; their literals go through piece by piece.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/append_data.h"

namespace posthorn::imap::commands::append {

/// Most messages in one command.
inline constexpr std::size_t kMaxMessages = 4'096;

struct Args {
  std::string name;
  AppendReader data{kMaxMessages};  ///< has read up to the first literal that is data
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "APPEND",
                         .capability = "IMAP4rev1 UIDPLUS MULTIAPPEND CATENATE APPENDLIMIT",
                         .rfc = "RFC 9051 section 6.3.12",
                         .example = "APPEND saved-messages (\\Seen) {5+}\r\na:b\r\n",
                         .phases = kLoggedIn,
                         .effects = Effect::streams});

}  // namespace posthorn::imap::commands::append
