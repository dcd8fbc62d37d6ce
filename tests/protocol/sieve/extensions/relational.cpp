#include "protocol/sieve/extensions/relational.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5231 section 7: count and value") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run("require [\"relational\", \"comparator-i;ascii-numeric\"];\r\nif " + own(test) + " { discard; }",
                     "received: a\r\nreceived: b\r\nreceived: c\r\nsubject: 10 things\r\nto: a@x.example, "
                     "b@x.example\r\n\r\n") == "discard";
  };
  CHECK(holds("header :count \"ge\" :comparator \"i;ascii-numeric\" [\"received\"] [\"3\"]"));
  CHECK(holds("header :count \"ge\" :comparator \"i;ascii-numeric\" [\"received\", \"subject\"] [\"4\"]"));
  CHECK_FALSE(holds("header :count \"gt\" :comparator \"i;ascii-numeric\" [\"received\"] [\"3\"]"));
  CHECK(holds("address :count \"eq\" :comparator \"i;ascii-numeric\" \"to\" \"2\""));
  CHECK(holds("header :value \"lt\" :comparator \"i;ascii-numeric\" \"subject\" \"11\""));
  CHECK(holds("header :value \"gt\" \"received\" \"b\""));
  CHECK(holds("header :value \"ne\" \"subject\" \"x\""));
  CHECK(errors("require \"relational\"; if header :value \"xx\" \"a\" \"b\" { keep; }") ==
        "1:40 \"xx\" is none of gt, ge, lt, le, eq, ne\n");
}
