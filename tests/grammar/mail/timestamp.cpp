#include "posthorn/grammar/mail/timestamp.h"

#include <doctest/doctest.h>

using namespace posthorn;

namespace {

WallTime utc(int year, unsigned month, unsigned day, int hour, int minute, int second) {
  using namespace std::chrono;
  return WallTime(sys_days(std::chrono::year(year) / month / day)) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace

TEST_CASE("timestamps: the examples of RFC 3339 section 5.8") {
  CHECK(mail::parse_timestamp("1985-04-12T23:20:50.52Z") == utc(1985, 4, 12, 23, 20, 50));
  CHECK(mail::parse_timestamp("1996-12-19T16:39:57-08:00") == utc(1996, 12, 20, 0, 39, 57));
  CHECK(mail::parse_timestamp("1990-12-31t23:59:60z") == utc(1991, 1, 1, 0, 0, 0));
  CHECK(mail::parse_timestamp("1937-01-01T12:00:27.87+00:20") == utc(1937, 1, 1, 11, 40, 27));
  CHECK(mail::format_timestamp(utc(1996, 12, 20, 0, 39, 57)) == "1996-12-20T00:39:57Z");
}

TEST_CASE("timestamps: what is none") {
  for (View bad :
       {"", "1996-12-19", "1996-12-19T16:39:57", "1996-12-19 16:39:57Z", "96-12-19T16:39:57Z", "1996-02-31T16:39:57Z",
        "1996-12-19T24:39:57Z", "1996-12-19T16:39:57.Z", "1996-12-19T16:39:57+0800", "1996-12-19T16:39:57+24:00",
        "1996-12-19T16:39:57Zx", "+996-12-19T16:39:57Z", "1996-1x-19T16:39:57Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(mail::parse_timestamp(bad));
  }
}
