// MAIL: begins a transaction.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::mail {

/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "MAIL",
                                     .verb = Verb::mail,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.2",
                                     .example = "MAIL FROM:<sender@example.org> SIZE=1000 BODY=8BITMIME",
                                     .phases = Phases{2},
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::mail
