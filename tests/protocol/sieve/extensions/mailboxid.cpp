#include "protocol/sieve/extensions/mailboxid.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 9042 section 4: an id goes before the name") {
  Stage stage;
  CHECK(stage.run("require [\"fileinto\", \"mailboxid\"]; fileinto :mailboxid \"F6352ae03-b7f5-463c-896f-d8b48ee3\" "
                  "\"INBOX.harassment\";") == "fileinto INBOX.harassment id=F6352ae03-b7f5-463c-896f-d8b48ee3");
  stage.world.mailbox_ids = {"F1", "F2"};
  CHECK(stage.run("require \"mailboxid\"; if mailboxidexists [\"F1\", \"F2\"] { discard; }") == "discard");
  CHECK(stage.run("require \"mailboxid\"; if mailboxidexists [\"F1\", \"F3\"] { discard; }") == "implicit keep");
}

TEST_CASE("RFC 9042 section 4.3: not beside :specialuse") {
  CHECK(errors("require [\"fileinto\", \"special-use\", \"mailboxid\"];\r\n"
               "fileinto :mailboxid \"blah\" :specialuse \"\\\\Junk\" \"Spam\";") != "");
}
