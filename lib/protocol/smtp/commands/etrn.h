// ETRN: asks that waiting mail be sent to the client's host.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::etrn {

/// etrn = "ETRN" SP [option-character] node-name
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "ETRN",
                                     .verb = Verb::etrn,
                                     .family = Family::smtp,
                                     .rfc = "RFC 1985 section 5",
                                     .example = "ETRN example.org",
                                     .phases = Phases{2},
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::etrn
