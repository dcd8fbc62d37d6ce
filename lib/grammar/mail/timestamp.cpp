#include "posthorn/grammar/mail/timestamp.h"

#include <array>
#include <cstdio>

#include "posthorn/grammar/cursor.h"

namespace posthorn::mail {

namespace {

using namespace std::chrono;

bool digits(Cursor& c, std::size_t count, unsigned& out) {
  View text;
  if (!c.octets(count, text)) return false;
  Cursor number(text);
  return (number.number(out) && number.end()) || c.fail(Code::syntax);
}

bool full_date(Cursor& c, sys_days& out) {
  unsigned years = 0;
  unsigned months = 0;
  unsigned days = 0;
  const bool read = digits(c, 4, years) && c.octet('-') && digits(c, 2, months) && c.octet('-') && digits(c, 2, days);
  const year_month_day date(year(static_cast<int>(years)), month(months), day(days));
  if (!read || !date.ok()) return c.fail(Code::syntax);
  out = date;
  return true;
}

/// partial-time; second 60 is a leap second.
bool partial_time(Cursor& c, std::chrono::seconds& out) {
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  View fraction;
  const bool read = digits(c, 2, hour) && c.octet(':') && digits(c, 2, minute) && c.octet(':') &&
                    digits(c, 2, second) && (!c.try_octet('.') || c.run(chars::kDigit, fraction));
  if (!read || hour > 23 || minute > 59 || second > 60) return c.fail(Code::syntax);
  out = hours(hour) + minutes(minute) + std::chrono::seconds(second);
  return true;
}

/// time-offset, east of Greenwich.
bool time_offset(Cursor& c, std::chrono::seconds& out) {
  if (c.try_word("Z")) return true;
  const bool west = c.try_octet('-');
  unsigned hour = 0;
  unsigned minute = 0;
  const bool read = (west || c.octet('+')) && digits(c, 2, hour) && c.octet(':') && digits(c, 2, minute);
  if (!read || hour > 23 || minute > 59) return c.fail(Code::syntax);
  out = (hours(hour) + minutes(minute)) * (west ? -1 : 1);
  return true;
}

}  // namespace

std::string format_timestamp(WallTime when) {
  const auto midnight = floor<days>(when);
  const year_month_day date(midnight);
  const hh_mm_ss time(when - midnight);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                                 static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<WallTime> parse_timestamp(View text) {
  Cursor c(text);
  sys_days date;
  std::chrono::seconds time{};
  std::chrono::seconds zone{};
  const bool read = full_date(c, date) && c.word("T") && partial_time(c, time) && time_offset(c, zone) && c.end();
  return read ? std::optional(WallTime(date) + time - zone) : std::nullopt;
}

}  // namespace posthorn::mail
