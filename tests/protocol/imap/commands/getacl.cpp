#include "protocol/imap/commands/getacl.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("GETACL takes what its grammar says and nothing else") {
  for (View arguments : {View(" INBOX"), View(" \"a b\"")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::getacl::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" (")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::getacl::spec.check(c), arguments);
  }
}

TEST_CASE("GETACL writes identifiers that are no atoms as strings, none of them twice") {
  testing::NamesStage stage;
  stage.account.make("Caf\xC3\xA9")->acl = {{"two words", Right::lookup}, {"J\xC3\xBCrgen", Right::read}};
  CHECK(stage.say("GETACL Caf&AOk-") ==
        "* ACL \"Caf&AOk-\" \"ann\" lrswipkxteacd {7}\r\nJ\xC3\xBCrgen r \"two words\" l\r\nA OK Done\r\n");
}
