#include "protocol/sieve/extensions/date.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/date.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/fields.h"
#include "protocol/sieve/match.h"
#include "protocol/sieve/moment.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr std::array<View, 13> kParts{"year",   "month", "day",     "date",  "julian", "hour",   "minute",
                                      "second", "time",  "iso8601", "std11", "zone",   "weekday"};

constexpr TagRow kZone{.name = "zone", .value = Value::string, .group = Group::zone, .check = check_zone};
constexpr TagRow kOriginalZone{.name = "originalzone", .group = Group::zone};
constexpr std::array kDateTags{&kZone, &kOriginalZone};
constexpr std::array kCurrentTags{&kZone};

bool match_moment(Call& call, Match& match, Moment moment, View part) {
  if (call.has(kZone)) moment.zone = zone_of(call, kZone);
  if (call.run().failed()) return true;
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
