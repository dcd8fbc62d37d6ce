// UIDBATCHES: ranges of UIDs that hold equally many messages each, from the newest to the oldest.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::uidbatches {

struct Args {
  std::uint32_t size = 1;   ///< messages in one batch
  std::uint32_t first = 1;  ///< the first batch that is wanted; 1 holds the newest messages
  std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "UIDBATCHES",
                                                         .capability = "UIDBATCHES",
                                                         .rfc = "RFC 10022 section 3",
                                                         .example = "UIDBATCHES 2000 10:20",
                                                         .phases = Phase::selected,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::uidbatches
