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

// RFC 5228 section 2.10.3 makes one of two copies in one mailbox: a common name for when there is none makes none.
TEST_CASE("RFC 9042 section 4.1: two ids are two mailboxes, whatever name stands behind them") {
  Stage stage;
  const auto run = [&](View commands) {
    return stage.run("require [\"fileinto\", \"mailboxid\", \"special-use\", \"mailbox\", \"imap4flags\"]; " +
                     own(commands));
  };
  CHECK(run("fileinto :mailboxid \"F1\" \"INBOX\"; fileinto :mailboxid \"F2\" \"INBOX\"; fileinto \"INBOX\";") ==
        "fileinto INBOX id=F1; fileinto INBOX id=F2; fileinto INBOX");
  CHECK(run("fileinto :specialuse \"\\\\Junk\" \"x\"; fileinto :specialuse \"\\\\Sent\" \"x\";") ==
        "fileinto x use=\\Junk; fileinto x use=\\Sent");
  CHECK(run("fileinto :mailboxid \"F1\" :flags \"a\" \"x\"; fileinto :mailboxid \"F1\" :flags \"b\" \"x\";") ==
        "fileinto x id=F1 [b]");
  CHECK(run("fileinto :create \"x\"; fileinto \"x\";") == "fileinto x create");
}

TEST_CASE("RFC 9042 section 4.3: not beside :specialuse") {
  CHECK(errors("require [\"fileinto\", \"special-use\", \"mailboxid\"];\r\n"
               "fileinto :mailboxid \"blah\" :specialuse \"\\\\Junk\" \"Spam\";") != "");
}
