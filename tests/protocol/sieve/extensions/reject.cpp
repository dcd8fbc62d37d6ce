#include "protocol/sieve/extensions/reject.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5429 section 2: a message that is refused goes nowhere else") {
  Stage stage;
  CHECK(stage.run("require \"reject\"; reject \"not here\";") == "reject not here");
  CHECK(stage.run("require \"ereject\"; ereject \"not here\";") == "ereject not here");
  for (const View other : {"keep;", "redirect \"a@b.example\";", "fileinto \"x\";", "vacation \"away\";"}) {
    const std::string start = "require [\"reject\", \"fileinto\", \"vacation\"]; ";
    CHECK(stage.run(start + own(other) + " reject \"no\";").ends_with("; implicit keep"));
    CHECK(stage.run(start + "reject \"no\"; " + own(other)).ends_with("; implicit keep"));
    CHECK(stage.outcome.error);
  }
}
