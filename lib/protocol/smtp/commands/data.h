// DATA: asks for the message.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::data {

/// data = "DATA"
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

inline constexpr CommandSpec spec = {.name = "DATA",
                                     .verb = Verb::data,
                                     .family = Family::both,
                                     .rfc = "RFC 5321 section 4.1.1.4",
                                     .example = "DATA",
                                     .phases = Phase::mail | Phase::recipients,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::content};

}  // namespace posthorn::smtp::commands::data
