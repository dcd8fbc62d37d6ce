// EXPN: asks who is on a list.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::expn {

/// Recognised and never offered: lists are nobody's business.
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "EXPN",
                                     .verb = Verb::expn,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.7",
                                     .example = "EXPN list",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::expn
