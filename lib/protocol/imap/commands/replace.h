// REPLACE: a new message takes the place of an old one, in one batch.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/append_data.h"

namespace posthorn::imap::commands::replace {

struct Args {
  SequenceSet message;  ///< one number
  std::string target;
  AppendReader data{1};
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "REPLACE",
                         .capability = "REPLACE",
                         .rfc = "RFC 8508 section 3",
                         .example = "REPLACE 4 Drafts (\\Seen \\Draft) {5+}\r\na:b\r\n",
                         .phases = Phase::selected,
                         .effects = Effect::streams | Effect::takes_uid | Effect::needs_seqnums | Effect::may_expunge});

}  // namespace posthorn::imap::commands::replace
