#include "protocol/imap/commands/setacl.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SETACL takes what its grammar says and nothing else") {
  for (View arguments :
       {View(" INBOX/Drafts Byron +si"), View(" INBOX/Drafts John lrswicda"), View(" x y \"\""), View(" x y -c")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::setacl::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" x y"), View(" x y L"), View(" x y lz"), View(" x y l r"),
                         View(" x \"\" l"), View(" x y ++l")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::setacl::spec.check(c), arguments);
  }
}

TEST_CASE("SETACL changes what GETACL tells (RFC 4314 sections 3.1 and 3.3)") {
  testing::NamesStage stage;
  CHECK(stage.say("GETACL INBOX") == "* ACL \"INBOX\" \"ann\" lrswipkxteacd\r\nA OK Done\r\n");
  CHECK(stage.say("SETACL INBOX Fred lr") == "A OK Done\r\n");
  CHECK(stage.say("SETACL inbox Fred +si") == "A OK Done\r\n");
  CHECK(stage.say("SETACL INBOX Fred -r") == "A OK Done\r\n");
  CHECK(stage.say("SETACL INBOX -bob p") == "A OK Done\r\n");
  CHECK(stage.say("GETACL INBOX") == "* ACL \"INBOX\" \"ann\" lrswipkxteacd \"-bob\" p \"Fred\" lsi\r\nA OK Done\r\n");
  // An entry without rights is none.
  CHECK(stage.say("SETACL INBOX Fred \"\"") == "A OK Done\r\n");
  CHECK(stage.say("GETACL INBOX") == "* ACL \"INBOX\" \"ann\" lrswipkxteacd \"-bob\" p\r\nA OK Done\r\n");
  CHECK(stage.say("SETACL INBOX ann l").starts_with("A NO [CANNOT] "));
  CHECK(stage.say("SETACL nowhere Fred l").starts_with("A NO [NONEXISTENT] "));
}

TEST_CASE("who may not look does not learn that there is a mailbox, who may not administer is told so") {
  testing::NamesStage stage;
  stage.share("#Shared/bob/Hidden", "ann", *parse_rights("rswipkxtea"));
  stage.share("#Shared/bob/Open", "ann", *parse_rights("lr"));
  stage.share("#Shared/bob/Mine", "anyone", *parse_rights("la"));
  for (const std::string command : {"SETACL", "DELETEACL", "GETACL", "LISTRIGHTS"}) {
    const std::string end = command == "GETACL" ? "" : command == "SETACL" ? " x l" : " x";
    CAPTURE(command);
    CHECK(stage.say(command + " #Shared/bob/Hidden" + end).starts_with("A NO [NONEXISTENT] "));
    CHECK(stage.say(command + " #Shared/bob/Open" + end).starts_with("A NO [NOPERM] "));
    CHECK(stage.say(command + " #Shared/bob/Mine" + end).ends_with("A OK Done\r\n"));
  }
  CHECK(stage.say("MYRIGHTS #Shared/bob/Hidden").starts_with("A NO [NONEXISTENT] "));
  CHECK(stage.say("MYRIGHTS #Shared/bob/Open") == "* MYRIGHTS \"#Shared/bob/Open\" lr\r\nA OK Done\r\n");
}
