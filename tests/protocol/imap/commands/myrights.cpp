#include "protocol/imap/commands/myrights.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("MYRIGHTS takes what its grammar says and nothing else") {
  for (View arguments : {View(" INBOX")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::myrights::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::myrights::spec.check(c), arguments);
  }
}

TEST_CASE("MYRIGHTS follows the ACL, negative rights and all (RFC 4314 section 2)") {
  testing::NamesStage stage;
  stage.account.make("#Shared/bob/Work")->acl = {
      {"anyone", *parse_rights("lr")}, {"ann", *parse_rights("swi")}, {"-ann", *parse_rights("w")}};
  CHECK(stage.say("MYRIGHTS #Shared/bob/Work") == "* MYRIGHTS \"#Shared/bob/Work\" lrsi\r\nA OK Done\r\n");
  CHECK(stage.say("MYRIGHTS INBOX") == "* MYRIGHTS \"INBOX\" lrswipkxteacd\r\nA OK Done\r\n");
  CHECK(stage.say("MYRIGHTS nowhere").starts_with("A NO [NONEXISTENT] "));
}
