// HELO: the client's name, without extensions.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::helo {

/// helo = "HELO" SP Domain
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "HELO",
                                     .verb = Verb::helo,
                                     .family = Family::smtp,
                                     .rfc = "RFC 5321 section 4.1.1.1",
                                     .example = "HELO client.example.org",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::nothing};

}  // namespace posthorn::smtp::commands::helo
