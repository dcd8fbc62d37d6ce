// HELP: names the commands.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::help {

/// help = "HELP" [SP String]
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "HELP",
                                     .verb = Verb::help,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.8",
                                     .example = "HELP",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::help
