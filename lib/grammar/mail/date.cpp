#include "posthorn/grammar/mail/date.h"

#include <array>
#include <cstddef>
#include <cstdio>

#include "posthorn/grammar/cursor.h"

namespace posthorn::mail {

namespace {
using std::chrono::seconds;

constexpr std::array<View, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<View, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Fields {
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int zone = 0;  // seconds east of Greenwich
};

std::optional<WallTime> local_time(const Fields& f) {
  using namespace std::chrono;
  const year_month_day date(year(static_cast<int>(f.year)), month(f.month), day(f.day));
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
  return WallTime(sys_days(date)) + seconds(f.hour * 3600L + f.minute * 60L + f.second);
}

Fields split(WallTime when) {
  using namespace std::chrono;
  const auto days = floor<std::chrono::days>(when);
  const year_month_day date(days);
  const auto rest = static_cast<unsigned>((when - days).count());
  return {static_cast<unsigned>(static_cast<int>(date.year())),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          rest / 3600,
          rest / 60 % 60,
          rest % 60,
          0};
}

bool month(Cursor& c, unsigned& out) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (c.try_word(kMonths[i])) {
      out = static_cast<unsigned>(i) + 1;
      return true;
    }
  }
  return c.fail(Code::syntax, "month");
}

/// A comment with nested comments and quoted pairs; an open one ends with the text.
void skip_comment(Cursor& c) {
  constexpr CharSet kPlain = ~CharSet("()\\");
  std::size_t depth = 0;
  do {
    if (c.try_octet('(')) {
      ++depth;
    } else if (c.try_octet(')')) {
      --depth;
    } else if (c.try_octet('\\')) {
      View ignored;
      if (!c.at_end()) c.octets(1, ignored);
    } else {
      (void)c.try_run(kPlain);
    }
  } while (depth > 0 && c.ok() && !c.at_end());
}

/// CFWS in any amount; line ends count as white space, the field may be folded.
void skip_cfws(Cursor& c) {
  constexpr CharSet kWhite = " \t\r\n";
  for (;;) {
    (void)c.try_run(kWhite);
    if (c.peek() != '(') return;
    skip_comment(c);
  }
}

bool digits(Cursor& c, std::size_t least, std::size_t most, unsigned& out) {
  View text;
  if (!c.run(chars::kDigit, text)) return false;
  if (text.size() < least || text.size() > most) return c.fail(Code::syntax, "number of digits");
  out = 0;
  for (char d : text) out = out * 10 + static_cast<unsigned>(d - '0');
  return true;
}

/// RFC 5322 section 4.3: two digits below 50 are 20xx, else 19xx; three digits count from 1900.
bool year(Cursor& c, unsigned& out) {
  const std::uint32_t from = c.offset();
  if (!digits(c, 2, 4, out)) return false;
  const std::size_t count = c.offset() - from;
  if (count == 2) out += out < 50 ? 2000 : 1900;
  if (count == 3) out += 1900;
  return true;
}

/// "+hhmm", where it begins with a sign.
bool offset(Cursor& c, int& out) {
  const bool west = c.peek() == '-';
  View digits_of_zone;
  c.try_octet(c.peek());
  if (!c.run(chars::kDigit, digits_of_zone)) return false;
  if (digits_of_zone.size() != 4) return c.fail(Code::syntax, "zone");
  const auto at = [&](std::size_t i) { return digits_of_zone[i] - '0'; };
  out = (at(0) * 10 + at(1)) * 3600 + (at(2) * 10 + at(3)) * 60;
  if (west) out = -out;
  return at(2) <= 5 || c.fail(Code::syntax, "zone minutes");
}

/// An offset; the named zones of RFC 5322 section 4.3. Unknown and military names are "-0000": UTC. "GMT+0200" is how
/// JavaScript writes an offset.
bool zone(Cursor& c, int& out) {
  struct Named {
    View name;
    int hours;
  };
  constexpr std::array<Named, 10> kNamed{{{"EDT", -4},
                                          {"EST", -5},
                                          {"CDT", -5},
                                          {"CST", -6},
                                          {"MDT", -6},
                                          {"MST", -7},
                                          {"PDT", -7},
                                          {"PST", -8},
                                          {"GMT", 0},
                                          {"UT", 0}}};
  const auto has_sign = [&] { return c.peek() == '-' || c.peek() == '+'; };
  out = 0;
  if (has_sign()) return offset(c, out);
  const View name = c.try_run(chars::kAlpha);
  for (const Named& n : kNamed) {
    if (same_word(n.name, name)) out = n.hours * 3600;
  }
  const bool of_gmt = same_word(name, "GMT") || same_word(name, "UTC") || same_word(name, "UT");
  return !of_gmt || !has_sign() || offset(c, out);
}

void day_name(Cursor& c) {
  if (c.try_run(chars::kAlpha).empty()) return;
  skip_cfws(c);
  (void)c.try_octet(',');
  skip_cfws(c);
}

bool time_of_day(Cursor& c, Fields& f) {
  if (!digits(c, 1, 2, f.hour)) return false;
  skip_cfws(c);
  if (!c.octet(':')) return false;
  skip_cfws(c);
  if (!digits(c, 2, 2, f.minute)) return false;
  skip_cfws(c);
  if (!c.try_octet(':')) return true;
  skip_cfws(c);
  if (!digits(c, 2, 2, f.second)) return false;
  if (c.try_octet('.')) (void)c.try_run(chars::kDigit);  // seen in the field: fractions of a second
  return true;
}

bool month_name(Cursor& c, unsigned& out) {
  if (!month(c, out)) return false;
  (void)c.try_run(chars::kAlpha);  // "July"
  return true;
}

/// "21 Nov 1997 09:55:06 -0600"
bool mail_order(Cursor& c, Fields& f) {
  if (!digits(c, 1, 2, f.day)) return false;
  skip_cfws(c);
  (void)c.try_octet('-');  // seen in the field: "1-Jul-2003"
  if (!month_name(c, f.month)) return false;
  (void)c.try_octet('-');
  skip_cfws(c);
  if (!year(c, f.year)) return false;
  skip_cfws(c);
  if (!time_of_day(c, f)) return false;
  skip_cfws(c);
  return zone(c, f.zone);
}

/// "Nov 21 09:55:06 1997", seen in the field as ctime() of C writes it, with a zone before or after the year.
bool ctime_order(Cursor& c, Fields& f) {
  if (!month_name(c, f.month)) return false;
  skip_cfws(c);
  if (!digits(c, 1, 2, f.day)) return false;
  skip_cfws(c);
  if (!time_of_day(c, f)) return false;
  skip_cfws(c);
  const bool zone_first = !chars::kDigit[c.peek()];
  if (zone_first && !zone(c, f.zone)) return false;
  skip_cfws(c);
  if (!year(c, f.year)) return false;
  skip_cfws(c);
  return zone_first || zone(c, f.zone);
}
}  // namespace

std::string format_date(WallTime when, std::chrono::minutes zone) {
  const WallTime local = when + zone;
  const Fields f = split(local);
  const auto weekday = std::chrono::weekday(std::chrono::floor<std::chrono::days>(local)).c_encoding();
  const auto east = std::chrono::abs(zone).count();
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04u %02u:%02u:%02u %c%02u%02u",
                                 kDays[weekday].data(), f.day, kMonths[f.month - 1].data(), f.year, f.hour, f.minute,
                                 f.second, zone.count() < 0 ? '-' : '+', static_cast<unsigned>(east / 60 % 100),
                                 static_cast<unsigned>(east % 60));
  return {text.data(), static_cast<std::size_t>(size)};
}

bool can_format_date(WallTime when, std::chrono::minutes zone) {
  using namespace std::chrono;
  constexpr WallTime kFirst = sys_days(std::chrono::year(1900) / 1 / 2);
  constexpr WallTime kLast = sys_days(std::chrono::year(9999) / 12 / 30);
  return when >= kFirst && when < kLast && zone > -hours(24) && zone < hours(24);
}

std::optional<WallTime> parse_date(View text, WallTime* local) {
  Cursor c(text);
  Fields f;
  skip_cfws(c);
  day_name(c);
  if (!(chars::kAlpha[c.peek()] ? ctime_order(c, f) : mail_order(c, f))) return std::nullopt;
  const auto time = local_time(f);
  if (!time) return std::nullopt;
  if (local != nullptr) *local = *time;
  return *time - seconds(f.zone);
}

std::string format_internal_date(WallTime when) {
  const Fields f = split(when);
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%02u-%s-%04u %02u:%02u:%02u +0000", f.day,
                                 kMonths[f.month - 1].data(), f.year, f.hour, f.minute, f.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<WallTime> parse_internal_date(View text) {
  Cursor c(text);
  Fields f;
  (void)c.try_sp();  // date-day-fixed = (SP DIGIT) / 2DIGIT
  const std::size_t day_digits = c.offset() == 0 ? 2 : 1;
  const bool ok = digits(c, day_digits, day_digits, f.day) && c.octet('-') && month(c, f.month) && c.octet('-') &&
                  digits(c, 4, 4, f.year) && c.sp() && digits(c, 2, 2, f.hour) && c.octet(':') &&
                  digits(c, 2, 2, f.minute) && c.octet(':') && digits(c, 2, 2, f.second) && c.sp() &&
                  (c.peek() == '+' || c.peek() == '-') && zone(c, f.zone) && c.end();
  if (!ok) return std::nullopt;
  const auto time = local_time(f);
  if (!time) return std::nullopt;
  return *time - seconds(f.zone);
}

std::optional<WallTime> parse_day(View text) {
  Cursor c(text);
  Fields f;
  const bool ok =
      digits(c, 1, 2, f.day) && c.octet('-') && month(c, f.month) && c.octet('-') && digits(c, 4, 4, f.year) && c.end();
  if (!ok) return std::nullopt;
  return local_time(f);
}

}  // namespace posthorn::mail
