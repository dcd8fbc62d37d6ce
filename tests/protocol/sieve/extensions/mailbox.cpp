#include "protocol/sieve/extensions/mailbox.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5490 section 3: mailboxes that are there, or shall be") {
  Stage stage;
  stage.world.mailboxes = {"INBOX", "Junk"};
  const View script =
      "require [\"mailbox\", \"fileinto\"]; if mailboxexists [\"Junk\", \"INBOX\"] { fileinto :create \"New\"; }";
  CHECK(stage.run(script) == "fileinto New create");
  stage.world.mailboxes = {"INBOX"};
  CHECK(stage.run(script) == "implicit keep");
}
