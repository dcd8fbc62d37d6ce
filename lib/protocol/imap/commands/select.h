// SELECT: a mailbox becomes the selected one; with QRESYNC the client hears what changed while it was away.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::select {

/// What a client knows of the mailbox (RFC 7162 section 3.2.5).
struct Known {
  std::uint32_t uid_validity = 0;
  ModSeq modseq;
  std::optional<SequenceSet> uids;  ///< nullopt: all up to now
};

struct Args {
  std::string name;
  bool condstore = false;
  std::optional<Known> known;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
/// What SELECT and EXAMINE share.
Result<std::unique_ptr<Execution>> open(Args args, bool read_only, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "SELECT",
                         .capability = "IMAP4rev1",
                         .rfc = "RFC 9051 section 6.3.2",
                         .example = "SELECT INBOX (QRESYNC (67890007 20050715194045000 41:211))",
                         .phases = kLoggedIn,
                         .effects = Effect::leaves_mailbox});

}  // namespace posthorn::imap::commands::select
