// XCLIENT: a proxy says for which client it talks.
#pragma once

#include <span>

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands::xclient {

/// xclient = "XCLIENT" 1*(SP attribute "=" xtext)
[[nodiscard]] Answer run(Cursor& arguments, const Facts& facts);

/// One attribute, as EHLO lists it.
struct Attribute {
  View name;
  /// Takes a value without its xtext; false when it is none of this attribute.
  bool (*take)(View value, ProxiedClient& client);
};
[[nodiscard]] std::span<const Attribute> attributes();

inline constexpr CommandSpec spec = {.name = "XCLIENT",
                                     .verb = Verb::xclient,
                                     .family = Family::both,
                                     .rfc = "Postfix XCLIENT_README",
                                     .example = "XCLIENT NAME=client.example.org ADDR=192.0.2.1",
                                     .phases = Phase::connected | Phase::ready,
                                     .overlaps = false,
                                     .carries_octets = false,
                                     .run = run,
                                     .behind = Behind::nothing};

}  // namespace posthorn::smtp::commands::xclient
