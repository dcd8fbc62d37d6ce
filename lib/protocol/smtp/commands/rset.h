// RSET: forgets the transaction.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::rset {

/// rset = "RSET"
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "RSET",
                                     .verb = Verb::rset,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.5",
                                     .example = "RSET",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::rset
