#include "protocol/sieve/extensions/subaddress.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5233 section 4: user and detail; without a separator there is no detail") {
  Stage stage;
  const auto holds = [&](View test, View to) {
    return stage.run("require \"subaddress\"; if address " + own(test) + " { discard; }",
                     "To: " + own(to) + "\r\n\r\n") == "discard";
  };
  CHECK(holds(":user \"to\" \"ken\"", "ken+sieve@example.org"));
  CHECK(holds(":detail \"to\" \"sieve\"", "ken+sieve@example.org"));
  CHECK(holds(":detail \"to\" \"\"", "ken+@example.org"));
  CHECK_FALSE(holds(":detail :contains \"to\" \"\"", "ken@example.org"));
  CHECK(holds(":user \"to\" \"ken\"", "ken@example.org"));
  stage.options.detail_separator = '-';
  CHECK(holds(":detail \"to\" \"sieve\"", "ken-sieve@example.org"));
}
