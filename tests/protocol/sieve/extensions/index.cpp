#include "protocol/sieve/extensions/index.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5260 section 6: one of several fields, from the top or from the end") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run("require \"index\"; if header " + own(test) + " { discard; }",
                     "X: one\r\nY: other\r\nX: two\r\nX: three\r\n\r\n") == "discard";
  };
  CHECK(holds(":index 1 \"x\" \"one\""));
  CHECK(holds(":index 2 \"x\" \"two\""));
  CHECK(holds(":index 1 :last \"x\" \"three\""));
  CHECK(holds(":last :index 3 \"x\" \"one\""));
  CHECK_FALSE(holds(":index 4 :contains \"x\" \"\""));
  CHECK_FALSE(holds(":index 2 \"x\" \"one\""));
  CHECK(errors("require \"index\"; if header :last \"x\" \"y\" { keep; }") != "");
  CHECK(errors("require \"index\"; if header :index 0 \"x\" \"y\" { keep; }") != "");
}
