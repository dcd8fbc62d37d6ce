#include "protocol/imap/commands/status.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("STATUS takes what its grammar says and nothing else") {
  for (View arguments :
       {View(" x (MESSAGES)"), View(" x (HIGHESTMODSEQ APPENDLIMIT MAILBOXID DELETED DELETED-STORAGE SIZE)")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::status::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" x"), View(" x ()"), View(" x (BOGUS)"), View(" x MESSAGES")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::status::spec.check(c), arguments);
  }
}

TEST_CASE("STATUS of other documents: RFC 7162, RFC 7889, RFC 8438, RFC 8474, RFC 9208") {
  testing::NamesStage stage;
  Flags deleted;
  deleted.system = static_cast<std::uint8_t>(SystemFlag::deleted);
  stage.account.add("INBOX", "12345678", deleted);
  stage.account.add("INBOX", "123");
  CHECK(stage.say("STATUS INBOX (MESSAGES DELETED DELETED-STORAGE SIZE)") ==
        "* STATUS \"INBOX\" (MESSAGES 2 DELETED 1 SIZE 11 DELETED-STORAGE 8)\r\nA OK Done\r\n");
  CHECK(stage.say("STATUS INBOX (APPENDLIMIT MAILBOXID)") ==
        "* STATUS \"INBOX\" (APPENDLIMIT 52428800 MAILBOXID (m1001))\r\nA OK Done\r\n");
  stage.account.host.append_limit = 257890;
  CHECK(stage.say("STATUS INBOX (APPENDLIMIT)") == "* STATUS \"INBOX\" (APPENDLIMIT 257890)\r\nA OK Done\r\n");
  CHECK_FALSE(stage.state.enabled.condstore);
  CHECK(stage.say("STATUS INBOX (UIDNEXT HIGHESTMODSEQ)") ==
        "* STATUS \"INBOX\" (UIDNEXT 3 HIGHESTMODSEQ 2)\r\nA OK Done\r\n");
  CHECK(stage.state.enabled.condstore);
}

TEST_CASE("STATUS needs a mailbox that may be read") {
  testing::NamesStage stage;
  stage.share("#Shared/a", "ann", *parse_rights("l"));
  stage.share("#Shared/b", "ann", *parse_rights("r"));
  CHECK(stage.say("STATUS nowhere (MESSAGES)").starts_with("A NO [NONEXISTENT] "));
  CHECK(stage.say("STATUS #Shared/a (MESSAGES)").starts_with("A NO [NOPERM] "));
  CHECK(stage.say("STATUS #Shared/b (MESSAGES)").starts_with("A NO [NONEXISTENT] "));
}
