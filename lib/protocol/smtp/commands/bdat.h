// BDAT: a counted piece of the message.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::bdat {

/// bdat-cmd = "BDAT" SP chunk-size [SP "LAST"]; a line that does not say how many octets follow ends the session.
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "BDAT",
                                     .verb = Verb::bdat,
                                     .family = Family::both,
                                     .rfc = "RFC 3030 section 2",
                                     .example = "BDAT 0 LAST",
                                     .phases = Phase::mail | Phase::recipients | Phase::chunks,
                                     .overlaps = false,
                                     .carries_octets = true,
                                     .run = run};

}  // namespace posthorn::smtp::commands::bdat
