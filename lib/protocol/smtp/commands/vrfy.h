// VRFY: asks whether an address exists.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::vrfy {

/// vrfy = "VRFY" SP String; always 252, so that nobody finds addresses with it.
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "VRFY",
                                     .verb = Verb::vrfy,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.6",
                                     .example = "VRFY user",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::vrfy
