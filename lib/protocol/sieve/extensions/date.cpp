#include "protocol/sieve/extensions/date.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/date.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/fields.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

/// A moment as its zone tells it.
struct Moment {
  WallTime utc;
  std::chrono::minutes zone;
};

std::string digits(std::int64_t value, int width) {
  std::string out = std::to_string(value);
  if (out.size() < static_cast<std::size_t>(width)) out.insert(0, static_cast<std::size_t>(width) - out.size(), '0');
  return out;
}

std::string zone_text(std::chrono::minutes zone, bool colon) {
  const auto count = zone.count() < 0 ? -zone.count() : zone.count();
  return (zone.count() < 0 ? "-" : "+") + digits(count / 60, 2) + (colon ? ":" : "") + digits(count % 60, 2);
}

/// RFC 5260 section 4.2; nullopt: no such part.
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

/// "+0100"
std::optional<std::chrono::minutes> parse_zone(View text) {
  const bool shape = text.size() == 5 && (text[0] == '+' || text[0] == '-');
  if (!shape || text.find_first_not_of("0123456789", 1) != View::npos) return std::nullopt;
  const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const std::chrono::minutes zone(number(1) * 60 + number(3));
  if (number(3) > 59 || number(1) > 23) return std::nullopt;
  return text[0] == '-' ? -zone : zone;
}

constexpr std::array<View, 13> kParts{"year",   "month", "day",     "date",  "julian", "hour",   "minute",
                                      "second", "time",  "iso8601", "std11", "zone",   "weekday"};

void check_zone(Check& check, const TagRow& tag) {
  for (const Check::Constant& zone : check.constants(tag)) {
    if (!parse_zone(zone.text)) check.error(zone.at, "a zone is written as \"+0100\"");
  }
}

constexpr TagRow kZone{.name = "zone", .value = Value::string, .group = Group::zone, .check = check_zone};
constexpr TagRow kOriginalZone{.name = "originalzone", .group = Group::zone};
constexpr std::array kDateTags{&kZone, &kOriginalZone};
constexpr std::array kCurrentTags{&kZone};

bool match_moment(Call& call, Match& match, Moment moment, View part) {
  if (const auto zone = call.text(kZone)) {
    const auto parsed = parse_zone(*zone);
    if (!parsed) {
      call.run().fail("\"" + own(*zone) + "\" is no zone");
      return true;
    }
    moment.zone = *parsed;
  }
  const auto value = part_of(moment, part);
  if (!value) call.run().fail("\"" + own(part) + "\" is no part of a date");
  return value && match.value(call.run().keep(*value));
}

bool date(Call& call) {
  Match match(call);
  const View part = call.text(1);
  for_each_field(call, 0, [&](const FieldValue& field) {
    // The date of a trace field stands behind its last semicolon (RFC 5321 section 4.4).
    const std::size_t semicolon = field.raw.rfind(';');
    const View text = semicolon == View::npos ? field.raw : field.raw.substr(semicolon + 1);
    WallTime local;
    const auto when = mail::parse_date(text, &local);
    if (!when) return false;
    const auto zone = std::chrono::duration_cast<std::chrono::minutes>(local - *when);
    const bool original = call.has(kOriginalZone);
    return match_moment(call, match, {*when, original ? zone : call.run().environment().zone()}, part);
  });
  return match.finish();
}

bool current(Call& call) {
  Match match(call);
  Environment& environment = call.run().environment();
  static_cast<void>(match_moment(call, match, {environment.now(), environment.zone()}, call.text(0)));
  return match.finish();
}

template <std::size_t Part>
void check_part(Check& check) {
  if (Part == 1) check_field_names(check, 0);
  for (const Check::Constant& part : check.constants(Part)) {
    const bool known = std::ranges::any_of(kParts, [&](View each) { return same_word(each, part.text); });
    if (!known) check.error(part.at, "\"" + own(part.text) + "\" is no part of a date");
  }
}

constexpr std::array kDateParameters{Parameter{Value::string}, Parameter{Value::string}, Parameter{Value::strings}};
constexpr std::array kCurrentParameters{Parameter{Value::string}, Parameter{Value::strings}};
constexpr Row kDate{.name = "date",
                    .source = "RFC 5260 section 4",
                    .example = "date \"date\" \"hour\" \"09\"",
                    .parameters = kDateParameters,
                    .tags = kDateTags,
                    .takes = takes::match | takes::occurrence | takes::part,
                    .keys = 3,
                    .check = check_part<1>,
                    .test = date};
constexpr Row kCurrentdate{.name = "currentdate",
                           .source = "RFC 5260 section 5",
                           .example = "currentdate \"weekday\" \"0\"",
                           .parameters = kCurrentParameters,
                           .tags = kCurrentTags,
                           .takes = takes::match,
                           .keys = 2,
                           .check = check_part<0>,
                           .test = current};
constexpr std::array kTests{&kDate, &kCurrentdate};

}  // namespace

constexpr Extension date_extension{.name = "date", .source = "RFC 5260", .tests = kTests};

}  // namespace posthorn::sieve::extensions
