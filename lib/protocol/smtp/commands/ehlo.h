// EHLO: the client's name, answered with the extensions.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::ehlo {

/// ehlo = "EHLO" SP ( Domain / address-literal )
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "EHLO",
                                     .verb = Verb::ehlo,
                                     .family = Family::smtp,
                                     .rfc = "RFC 5321 section 4.1.1.1",
                                     .example = "EHLO client.example.org",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::nothing};

}  // namespace posthorn::smtp::commands::ehlo
