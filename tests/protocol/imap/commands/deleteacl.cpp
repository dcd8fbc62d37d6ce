#include "protocol/imap/commands/deleteacl.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("DELETEACL takes what its grammar says and nothing else") {
  for (View arguments : {View(" INBOX Fred"), View(" INBOX -fred")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::deleteacl::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" INBOX"), View(" INBOX a b"), View(" INBOX \"\"")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::deleteacl::spec.check(c), arguments);
  }
}

TEST_CASE("DELETEACL removes the entry, the negative one is another (RFC 4314 section 3.2)") {
  testing::NamesStage stage;
  stage.account.find("INBOX")->acl = {{"Fred", Right::lookup}, {"-Fred", Right::read}};
  CHECK(stage.say("DELETEACL INBOX Fred") == "A OK Done\r\n");
  CHECK(stage.account.find("INBOX")->acl == std::map<std::string, Rights>{{"-Fred", Right::read}});
  CHECK(stage.say("DELETEACL INBOX nobody") == "A OK Done\r\n");
}
