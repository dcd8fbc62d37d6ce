// AUTH: begins a SASL exchange.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::auth {

/// auth-command = "AUTH" SP sasl-mech [SP initial-response]
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "AUTH",
                                     .verb = Verb::auth,
                                     .family = Family::both,
                                     .rfc = "RFC 4954 section 4",
                                     .example = "AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=",
                                     .phases = Phases{2},
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::nothing};

}  // namespace posthorn::smtp::commands::auth
