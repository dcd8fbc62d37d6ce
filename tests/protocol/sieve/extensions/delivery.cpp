#include "protocol/sieve/extensions/delivery.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 6009: parts of the envelope, where they are required") {
  Stage stage;
  stage.envelope.parameters = {{"notify", "SUCCESS"}, {"notify", "FAILURE"}, {"ret", "FULL"}};
  const auto holds = [&](View test) {
    return stage.run("require [\"envelope\", \"envelope-dsn\", \"envelope-deliverby\"]; if " + own(test) +
                     " { discard; }") == "discard";
  };
  CHECK(holds("envelope \"notify\" \"FAILURE\""));
  CHECK(holds("envelope \"notify\" \"SUCCESS\""));
  CHECK_FALSE(holds("envelope \"notify\" \"NEVER\""));
  CHECK(holds("envelope \"ret\" \"FULL\""));
  CHECK_FALSE(holds("envelope \"envid\" \"\""));
  CHECK(errors("require [\"envelope\", \"envelope-dsn\"]; if envelope \"bymode\" \"R\" { keep; }") != "");
  CHECK(errors("require \"envelope\"; if envelope \"notify\" \"NEVER\" { keep; }") != "");
}

TEST_CASE("RFC 6009 section 4: the deadline of the envelope, in the zone that is wanted") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run("require [\"envelope\", \"envelope-deliverby\"]; if envelope " + own(test) + " { discard; }") ==
           "discard";
  };
  CHECK_FALSE(holds("\"bymode\" \"notify\""));
  stage.envelope.deliver_by = {.when = stage.world.when + std::chrono::hours(1), .return_late = true};
  CHECK(holds("\"bytimerelative\" \"3600\""));
  CHECK(holds("\"bytimeabsolute\" \"2023-11-14T23:13:20+00:00\""));
  CHECK(holds(":zone \"+0100\" \"bytimeabsolute\" \"2023-11-15T00:13:20+01:00\""));
  stage.world.minutes_east = std::chrono::minutes(-90);
  CHECK(holds("\"bytimeabsolute\" \"2023-11-14T21:43:20-01:30\""));
  CHECK(holds("\"bymode\" \"return\""));
  CHECK(holds("\"bytrace\" \"false\""));
  CHECK(errors("require [\"envelope\", \"envelope-deliverby\"]; if envelope :zone \"x\" \"bymode\" \"x\" { keep; }") !=
        "");
  CHECK(errors("require \"envelope\"; if envelope :zone \"+0100\" \"to\" \"x\" { keep; }") != "");
}

TEST_CASE("RFC 6009: reports about what is redirected") {
  Stage stage;
  CHECK(stage.run("require \"redirect-dsn\"; redirect :notify \"failure,DELAY\" :ret \"hdrs\" \"a@example.com\";") ==
        "redirect a@example.com notify=FAILURE,DELAY ret=HDRS");
  for (const View wrong : {":notify \"NEVER,DELAY\"", ":notify \"\"", ":ret \"HALF\""})
    CHECK(errors("require \"redirect-dsn\"; redirect " + own(wrong) + " \"a@example.com\";") != "");
}

TEST_CASE("RFC 6009: until when it has to be there") {
  Stage stage;
  CHECK(stage.run("require \"redirect-deliverby\"; redirect :bytimerelative 3600 :bymode \"return\" :bytrace "
                  "\"a@example.com\";") == "redirect a@example.com by=3600RT");
  CHECK(stage.run(
            "require \"redirect-deliverby\"; redirect :bytimeabsolute \"2023-11-14T23:13:20Z\" \"a@example.com\";") ==
        "redirect a@example.com by=3600N");
  for (const View wrong :
       {":bymode \"return\"", ":bytrace", ":bytimerelative 1 :bytimeabsolute \"2023-11-14T23:13:20Z\"",
        ":bytimeabsolute \"soon\"", ":bytimerelative 1 :bymode \"x\""})
    CHECK(errors("require \"redirect-deliverby\"; redirect " + own(wrong) + " \"a@example.com\";") != "");
}
