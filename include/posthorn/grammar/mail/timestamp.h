// Times as Internet protocols write them (RFC 3339).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mail {

/// "2026-01-01T00:00:00Z" (date-time of RFC 3339 section 5.6). @param when  in the years 0 to 9999
[[nodiscard]] std::string format_timestamp(WallTime when);
/// date-time with any zone; fractions of a second are dropped. nullopt when it is none.
[[nodiscard]] std::optional<WallTime> parse_timestamp(View text);

}  // namespace posthorn::mail
