// COPY: messages into another mailbox, all or none.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::copy {

struct Args {
  SequenceSet set;
  std::string target;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
/// The response code of RFC 4315 section 3; empty when nothing was copied.
std::string copyuid(const CopyOutcome& outcome);
/// All messages or none are copied or moved: what the host's limit on messages cuts is refused (RFC 9738 section 3.1).
void refuse_too_many(const State& state, Responder& responder);
inline constexpr CommandSpec spec = command<parse, run>({.name = "COPY",
                                                         .capability = "IMAP4rev1 UIDPLUS",
                                                         .rfc = "RFC 9051 section 6.4.7",
                                                         .example = "COPY 2:4 MEETING",
                                                         .phases = Phase::selected,
                                                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::copy
