// RCPT: names one recipient.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::rcpt {

/// rcpt = "RCPT TO:" ( "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "RCPT",
                                     .verb = Verb::rcpt,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.3",
                                     .example = "RCPT TO:<user@example.org>",
                                     .phases = Phase::mail | Phase::recipients,
                                     .overlaps = true,
                                     .carries_octets = false,
                                     .run = run};

}  // namespace posthorn::smtp::commands::rcpt
