#include "protocol/sieve/moment.h"

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/date.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve {

namespace {

std::string digits(std::int64_t value, int width) {
  std::string out = std::to_string(value);
  if (out.size() < static_cast<std::size_t>(width)) out.insert(0, static_cast<std::size_t>(width) - out.size(), '0');
  return out;
}

std::string zone_text(std::chrono::minutes zone, bool colon) {
  const auto count = zone.count() < 0 ? -zone.count() : zone.count();
  return (zone.count() < 0 ? "-" : "+") + digits(count / 60, 2) + (colon ? ":" : "") + digits(count % 60, 2);
}

/// "+0100"
std::optional<std::chrono::minutes> parse_zone(View text) {
  const bool shape = text.size() == 5 && (text[0] == '+' || text[0] == '-');
  if (!shape || text.find_first_not_of("0123456789", 1) != View::npos) return std::nullopt;
  const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const std::chrono::minutes zone(number(1) * 60 + number(3));
  if (number(3) > 59 || number(1) > 23) return std::nullopt;
  return text[0] == '-' ? -zone : zone;
}

}  // namespace

std::optional<std::string> part_of(const Moment& moment, View part) {
  const auto is = [&](View name) { return same_word(part, name); };
  const auto local = moment.utc + moment.zone;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::seconds> time(local - day);
  const std::string y = digits(static_cast<int>(date.year()), 4);
  const std::string m = digits(static_cast<unsigned>(date.month()), 2);
  const std::string d = digits(static_cast<unsigned>(date.day()), 2);
  const std::string clock = digits(time.hours().count(), 2) + ":" + digits(time.minutes().count(), 2) + ":" +
                            digits(time.seconds().count(), 2);
  if (is("year")) return y;
  if (is("month")) return m;
  if (is("day")) return d;
  if (is("date")) return y + "-" + m + "-" + d;
  // Modified Julian days: 1970-01-01 is 40587.
  if (is("julian")) return std::to_string(day.time_since_epoch().count() + 40587);
  if (is("hour")) return clock.substr(0, 2);
  if (is("minute")) return clock.substr(3, 2);
  if (is("second")) return clock.substr(6);
  if (is("time")) return clock;
  if (is("iso8601")) return y + "-" + m + "-" + d + "T" + clock + zone_text(moment.zone, true);
  if (is("std11")) return mail::format_date(moment.utc, moment.zone);
  if (is("zone")) return zone_text(moment.zone, false);
  if (is("weekday")) return std::to_string(std::chrono::weekday(day).c_encoding());
  return std::nullopt;
}

void check_zone(Check& check, const TagRow& tag) {
  for (const Check::Constant& zone : check.constants(tag)) {
    if (!parse_zone(zone.text)) check.error(zone.at, "a zone is written as \"+0100\"");
  }
}

std::chrono::minutes zone_of(Call& call, const TagRow& tag) {
  const auto zone = call.text(tag);
  if (!zone) return call.run().environment().zone();
  const auto parsed = parse_zone(*zone);
  if (!parsed) call.run().fail("\"" + own(*zone) + "\" is no zone");
  return parsed.value_or(std::chrono::minutes());
}

}  // namespace posthorn::sieve
