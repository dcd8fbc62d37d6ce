#include "posthorn/grammar/mail/date.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace std::chrono;

namespace {
WallTime utc(int y, unsigned m, unsigned d, int hour = 0, int minute = 0, int second = 0) {
  return WallTime(sys_days(year(y) / month(m) / day(d))) + hours(hour) + minutes(minute) + seconds(second);
}
}  // namespace

TEST_CASE("date: formats as RFC 5322 and RFC 9051 want it, and reads it back") {
  const WallTime t = utc(1997, 11, 21, 9, 55, 6);
  CHECK(mail::format_date(t) == "Fri, 21 Nov 1997 09:55:06 +0000");
  CHECK(mail::format_internal_date(t) == "21-Nov-1997 09:55:06 +0000");
  CHECK(mail::format_date(utc(2026, 1, 1)) == "Thu, 01 Jan 2026 00:00:00 +0000");
  for (long i = -40'000; i < 40'000; ++i) {
    const WallTime when{seconds(i * 86'399)};
    if (mail::parse_date(mail::format_date(when)) != when) FAIL(mail::format_date(when));
    if (mail::parse_internal_date(mail::format_internal_date(when)) != when) FAIL(mail::format_internal_date(when));
  }
}

TEST_CASE("date: RFC 5322 appendix A") {
  CHECK(mail::parse_date("Fri, 21 Nov 1997 09:55:06 -0600") == utc(1997, 11, 21, 15, 55, 6));
  CHECK(mail::parse_date("Tue, 1 Jul 2003 10:52:37 +0200") == utc(2003, 7, 1, 8, 52, 37));
  CHECK(mail::parse_date("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 "
                         "(Newfoundland Time)") == utc(1969, 2, 14, 3, 2));
  CHECK(mail::parse_date("21 Nov 97 09:55:06 GMT") == utc(1997, 11, 21, 9, 55, 6));
  CHECK(mail::parse_date("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600") == utc(1997, 11, 21, 15, 55, 6));
}

TEST_CASE("date: the local day disregards the zone") {
  WallTime local;
  CHECK(mail::parse_date("Thu, 1 Jan 2026 00:30:00 +0200", &local) == utc(2025, 12, 31, 22, 30));
  CHECK(local == utc(2026, 1, 1, 0, 30));
}

TEST_CASE("date: years of two and three digits (RFC 5322 section 4.3)") {
  CHECK(mail::parse_date("1 Jan 49 00:00:00 +0000") == utc(2049, 1, 1));
  CHECK(mail::parse_date("1 Jan 50 00:00:00 +0000") == utc(1950, 1, 1));
  CHECK(mail::parse_date("1 Jan 126 00:00:00 +0000") == utc(2026, 1, 1));
}

TEST_CASE("date: an offset behind the name of a zone, as JavaScript writes it") {
  CHECK(mail::parse_date("Thu, 1 Jan 2026 00:00:00 GMT+0200") == utc(2025, 12, 31, 22));
  CHECK(mail::parse_date("Thu, 1 Jan 2026 00:00:00 UTC-0030 (x)") == utc(2026, 1, 1, 0, 30));
  CHECK(mail::can_format_date(utc(1970, 1, 1)));
  CHECK_FALSE(mail::can_format_date(WallTime::max()));
  CHECK_FALSE(mail::can_format_date(WallTime::min()));
  CHECK_FALSE(mail::can_format_date(utc(1970, 1, 1), std::chrono::hours(24)));
}

TEST_CASE("date: obsolete zones (RFC 5322 section 4.3)") {
  for (const auto& [zone, east] : std::vector<std::pair<std::string, int>>{{"UT", 0},
                                                                           {"GMT", 0},
                                                                           {"EST", -5},
                                                                           {"EDT", -4},
                                                                           {"CST", -6},
                                                                           {"CDT", -5},
                                                                           {"MST", -7},
                                                                           {"MDT", -6},
                                                                           {"PST", -8},
                                                                           {"PDT", -7},
                                                                           {"A", 0},
                                                                           {"z", 0},
                                                                           {"CEST", 0}}) {
    CAPTURE(zone);
    CHECK(mail::parse_date("21 Nov 97 09:55:06 " + zone) == utc(1997, 11, 21, 9, 55, 6) - hours(east));
  }
}

TEST_CASE("date: forms seen in the field") {
  CHECK(mail::parse_date("Fri, 1-Jul-2003 10:52:37 +0200") == utc(2003, 7, 1, 8, 52, 37));
  CHECK(mail::parse_date("Thu, 02 Apr 2020 07:53:55.516 -0700 (PDT)") == utc(2020, 4, 2, 14, 53, 55));
  // ctime() of C (section 7.27.3.1 of C17), which programs write with a zone added.
  CHECK(mail::parse_date("Sun Sep 16 01:03:52 1973") == utc(1973, 9, 16, 1, 3, 52));
  CHECK(mail::parse_date("Fri Feb 07 10:18:12 2003 -0800") == utc(2003, 2, 7, 18, 18, 12));
  CHECK(mail::parse_date("Fri Sep 14 14:36:56 EDT 2018") == utc(2018, 9, 14, 18, 36, 56));
}

TEST_CASE("date: what is no date") {
  for (View bad : {"", "x", "31 Feb 2026 00:00:00 +0000", "1 Jan 2026 24:00:00 +0000", "1 Jan 2026 00:60:00 +0000",
                   "1 Jan 2026 00:00:00 +01", "1 Jan 2026 00:00:00 +0160", "1 Foo 2026 00:00:00 +0000", "1 Jan 2026",
                   "(((((", "1 Jan 20261 00:00:00 +0000", "Fri Sep 14 14:36:56 EDT", "Fri Sep 14 14:36:56 EDT x",
                   "Fri Foo 14 14:36:56 2018"}) {
    CAPTURE(bad);
    CHECK_FALSE(mail::parse_date(bad));
  }
}

TEST_CASE("date: IMAP forms are strict") {
  CHECK(mail::parse_internal_date("17-Jul-1996 02:44:25 -0700") == utc(1996, 7, 17, 9, 44, 25));
  CHECK(mail::parse_internal_date(" 7-Jul-1996 02:44:25 +0000") == utc(1996, 7, 7, 2, 44, 25));
  for (View bad :
       {"7-Jul-1996 02:44:25 +0000", "17-Jul-96 02:44:25 +0000", "17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 GMT",
        "17-Jul-1996 2:44:25 +0000", "17-Jul-1996 02:44:25 +0000x", "31-Feb-1996 02:44:25 +0000"}) {
    CAPTURE(bad);
    CHECK_FALSE(mail::parse_internal_date(bad));
  }
  CHECK(mail::parse_day("1-Feb-1994") == utc(1994, 2, 1));
  CHECK(mail::parse_day("01-feb-1994") == utc(1994, 2, 1));
  CHECK_FALSE(mail::parse_day("1-Feb-94"));
  CHECK_FALSE(mail::parse_day("30-Feb-1994"));
}
