// Dates of messages (RFC 5322 section 3.3) and of IMAP (RFC 9051 section 9).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mail {

/// "Thu, 01 Jan 2026 01:00:00 +0100" (RFC 5322).
/// @param zone  east of Greenwich
[[nodiscard]] std::string format_date(WallTime when, std::chrono::minutes zone = {});
/// Whether format_date() gives a date of RFC 5322: years 1900 to 9999, a zone of less than a day.
[[nodiscard]] bool can_format_date(WallTime when, std::chrono::minutes zone = {});
/// Any RFC 5322 date with obsolete zones, two-digit years and comments, or "Sun Nov  6 08:49:37 1994" as ctime() of C
/// writes it, with a zone or without; nullopt when it is none. A date without a zone is UTC.
/// @param local  when not null, gets the same date without the zone taken off (SEARCH SENTON disregards zones)
[[nodiscard]] std::optional<WallTime> parse_date(View text, WallTime* local = nullptr);

/// "01-Jan-2026 00:00:00 +0000" (date-time).
[[nodiscard]] std::string format_internal_date(WallTime when);
/// date-time without its quotes.
[[nodiscard]] std::optional<WallTime> parse_internal_date(View text);
/// date-text without its quotes ("1-Jan-2026"): midnight UTC of that day.
[[nodiscard]] std::optional<WallTime> parse_day(View text);

}  // namespace posthorn::mail
