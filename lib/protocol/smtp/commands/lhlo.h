// LHLO: EHLO of LMTP.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::lhlo {

/// Like EHLO.
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "LHLO",
                                     .verb = Verb::lhlo,
                                     .family = Family::lmtp,
                                     .rfc = "RFC 2033 section 4.1",
                                     .example = "LHLO client.example.org",
                                     .phases = kAnyPhase,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::nothing};

}  // namespace posthorn::smtp::commands::lhlo
