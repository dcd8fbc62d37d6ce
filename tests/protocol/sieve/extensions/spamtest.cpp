#include "protocol/sieve/extensions/spamtest.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5235 section 2: 0 was not tested, 1 is good, 10 is bad; percents with spamtestplus") {
  Stage stage;
  const auto value = [&](View tags, double share, bool tested) {
    stage.world.spam_score = {tested, share};
    return stage.run("require [\"spamtestplus\", \"variables\", \"fileinto\"]; if spamtest " + own(tags) +
                     " :matches \"*\" { fileinto \"${0}\"; }");
  };
  CHECK(value("", 0, false) == "fileinto 0");
  CHECK(value("", 0, true) == "fileinto 1");
  CHECK(value("", 0.5, true) == "fileinto 6");
  CHECK(value("", 1, true) == "fileinto 10");
  CHECK(value(":percent", 0, false) == "fileinto 0");
  CHECK(value(":percent", 0, true) == "fileinto 0");
  CHECK(value(":percent", 0.37, true) == "fileinto 37");
  CHECK(value(":percent", 7, true) == "fileinto 100");
}

TEST_CASE("RFC 5235 section 2.4: :count tells what was not tested from what is good") {
  Stage stage;
  const View script =
      "require [\"spamtestplus\", \"relational\", \"comparator-i;ascii-numeric\"];\r\n"
      "if spamtest :percent :count \"eq\" :comparator \"i;ascii-numeric\" \"0\" { discard; }";
  CHECK(stage.run(script) == "discard");
  stage.world.spam_score = {true, 0};
  CHECK(stage.run(script) == "implicit keep");
  CHECK(errors("require \"spamtest\"; if spamtest :percent \"0\" { keep; }") != "");
}

TEST_CASE("RFC 5235 section 3: 0 was not tested, 1 has none, 5 has one") {
  Stage stage;
  const auto value = [&](double share, bool tested) {
    stage.world.virus_score = {tested, share};
    return stage.run(
        "require [\"virustest\", \"variables\", \"fileinto\"]; if virustest :matches \"*\" { fileinto \"${0}\"; }");
  };
  CHECK(value(0, false) == "fileinto 0");
  CHECK(value(0, true) == "fileinto 1");
  CHECK(value(1, true) == "fileinto 5");
}
