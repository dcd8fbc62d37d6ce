#include "protocol/imap/commands/setquota.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SETQUOTA takes what its grammar says and nothing else") {
  for (View arguments : {View(" \"\" (STORAGE 512)"), View(" INBOX ()"),
                         View(" a (STORAGE 0 MESSAGE 512 MAILBOX 512 Foo 18446744073709551615)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::setquota::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" a"), View(" a STORAGE 1"), View(" a (STORAGE)"), View(" a (STORAGE 1) x"),
                         View(" a (STORAGE x)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::setquota::spec.check(c), arguments);
  }
}

TEST_CASE("SETQUOTA as in RFC 9208 section 4.1.3") {
  testing::NamesStage stage;
  stage.account.host.roots = {{"#user/alice", {{QuotaResource::storage, 58 * 1024, 512 * 1024}}}};
  CHECK(stage.say("SETQUOTA \"#user/alice\" (STORAGE 510)") ==
        "* QUOTA \"#user/alice\" (STORAGE 58 510)\r\nA OK Done\r\n");
  CHECK(stage.say("SETQUOTA \"#user/alice\" (STORAGE 0 MESSAGE 7)") ==
        "* QUOTA \"#user/alice\" (STORAGE 58 0 MESSAGE 0 7)\r\nA OK Done\r\n");
  CHECK(stage.say("SETQUOTA \"#user/alice\" ()") == "* QUOTA \"#user/alice\" ()\r\nA OK Done\r\n");
  CHECK(stage.say("SETQUOTA \"!partition/sda4\" (STORAGE 99999999)").starts_with("A NO [NONEXISTENT] "));
  CHECK(stage.say("SETQUOTA \"\" (STORAGE 1)").starts_with("A NO [NOPERM] "));
  CHECK(stage.say("SETQUOTA \"#user/alice\" (Foo 1)").starts_with("A NO [CANNOT] "));
  CHECK(stage.say("SETQUOTA \"#user/alice\" (STORAGE 18446744073709551615)").starts_with("A BAD "));
}
