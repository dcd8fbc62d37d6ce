// STARTTLS: asks for TLS.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::starttls {

/// Without arguments; refused after a login, so that nothing of a clear session reaches the protected one.
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "STARTTLS",
                                     .verb = Verb::starttls,
                                     .family = Family::both,
                                     .rfc = "RFC 3207 section 4",
                                     .example = "STARTTLS",
                                     .phases = Phases{2},
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::nothing};

}  // namespace posthorn::smtp::commands::starttls
