#include "protocol/sieve/extensions/date.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
constexpr View kMessage =
    "Received: from a by b; Tue, 14 Nov 2023 23:59:58 +0100\r\nDate: Wed, 15 Nov 2023 00:30:00 +0530\r\nX: "
    "none\r\n\r\n";
}

TEST_CASE("RFC 5260 section 4.2: the parts of a date") {
  Stage stage;
  const auto is = [&](View part, View value, View tags = ":originalzone") {
    return stage.run("require \"date\";\r\nif date " + own(tags) + " \"date\" \"" + own(part) + "\" \"" + own(value) +
                         "\" { discard; }",
                     kMessage) == "discard";
  };
  CHECK(is("year", "2023"));
  CHECK(is("month", "11"));
  CHECK(is("day", "15"));
  CHECK(is("date", "2023-11-15"));
  CHECK(is("julian", "60263"));  // 2023-11-15 by any table of Modified Julian days
  CHECK(is("hour", "00"));
  CHECK(is("minute", "30"));
  CHECK(is("second", "00"));
  CHECK(is("time", "00:30:00"));
  CHECK(is("iso8601", "2023-11-15T00:30:00+05:30"));
  CHECK(is("std11", "Wed, 15 Nov 2023 00:30:00 +0530"));
  CHECK(is("zone", "+0530"));
  CHECK(is("weekday", "3"));
  CHECK(is("day", "14", ":zone \"-0100\""));
  CHECK(is("hour", "18", ":zone \"-0100\""));
  stage.world.minutes_east = std::chrono::hours(1);
  CHECK(is("hour", "20", ""));
}

TEST_CASE("RFC 5260 section 4: the date of a trace field; what is no date fits nothing") {
  Stage stage;
  CHECK(stage.run("require \"date\"; if date :originalzone \"received\" \"second\" \"58\" { discard; }", kMessage) ==
        "discard");
  CHECK(stage.run("require \"date\"; if date :matches \"x\" \"year\" \"*\" { discard; }", kMessage) == "implicit keep");
}

TEST_CASE("RFC 5260 section 5: now") {
  Stage stage;
  CHECK(
      stage.run(
          "require \"date\"; if currentdate :zone \"+0000\" \"iso8601\" \"2023-11-14T22:13:20+00:00\" { discard; }") ==
      "discard");
  CHECK(errors("require \"date\"; if currentdate :zone \"CET\" \"hour\" \"1\" { keep; }") != "");
  CHECK(errors("require \"date\"; if currentdate \"century\" \"1\" { keep; }") ==
        "1:32 \"century\" is no part of a date\n");
}
