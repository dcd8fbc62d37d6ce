// Dates and zones as tests show them (RFC 5260 section 4).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve {

/// A moment as its zone tells it.
struct Moment {
  WallTime utc;
  std::chrono::minutes zone;
};

/// RFC 5260 section 4.2; nullopt: no such part.
[[nodiscard]] std::optional<std::string> part_of(const Moment& moment, View part);

/// Of a tag with a zone, written as "+0100".
void check_zone(Check& check, const TagRow& tag);
/// Where the tag is not there, the zone of the user; the script fails where it is none.
[[nodiscard]] std::chrono::minutes zone_of(Call& call, const TagRow& tag);

}  // namespace posthorn::sieve
