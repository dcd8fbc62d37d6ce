// NOOP: does nothing.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::noop {

/// noop = "NOOP" [SP String]
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "NOOP",
                                     .verb = Verb::noop,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.9",
                                     .example = "NOOP",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::noop
