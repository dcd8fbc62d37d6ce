#include "protocol/sieve/extensions/envelope.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5228 section 5.4: sender and recipient") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run("require [\"envelope\", \"subaddress\"]; if envelope " + own(test) + " { discard; }") == "discard";
  };
  stage.envelope.from = "Tim+x@Example.org";
  CHECK(holds(":all :is \"FROM\" \"tim+x@example.org\""));
  CHECK(holds(":domain \"from\" \"example.org\""));
  CHECK(holds(":detail \"from\" \"x\""));
  CHECK_FALSE(holds("\"to\" \"tim+x@example.org\""));
  stage.envelope.from = "";
  CHECK(holds("\"from\" \"\""));
  CHECK(holds(":domain \"from\" \"\""));
  stage.envelope.from = std::nullopt;
  CHECK_FALSE(holds("\"from\" \"\""));
  CHECK(errors("require \"envelope\"; if envelope \"subject\" \"x\" { keep; }") ==
        "1:33 \"subject\" is no part of the envelope\n");
}
