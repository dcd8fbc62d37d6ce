#include "protocol/sieve/extensions/imapsieve.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 6785 section 4: items of the environment are there where they are required") {
  Stage stage;
  stage.world.items = {{"imap.cause", "COPY"}, {"imap.mailbox", "ActionItems"}};
  const auto run = [&](View require) {
    return stage.run(
        "require [\"copy\", \"environment\"" + own(require) +
        "];\r\n"
        "if allof (environment :is \"imap.cause\" \"COPY\", environment :is \"imap.mailbox\" \"ActionItems\") {\r\n"
        "redirect :copy \"actionitems@example.com\"; }");
  };
  CHECK(run(", \"imapsieve\"") == "redirect actionitems@example.com; implicit keep");
  CHECK(run("").find("needs: require \"imapsieve\"") != std::string::npos);
}
