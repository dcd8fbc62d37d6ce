// QUIT: ends the session.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::quit {

/// quit = "QUIT"
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "QUIT",
                                     .verb = Verb::quit,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.10",
                                     .example = "QUIT",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::quit
