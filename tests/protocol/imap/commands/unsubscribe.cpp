#include "protocol/imap/commands/unsubscribe.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("UNSUBSCRIBE takes what its grammar says and nothing else") {
  for (View arguments : {View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::unsubscribe::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" ("), View("  x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::unsubscribe::spec.check(c), arguments);
  }
}

TEST_CASE("UNSUBSCRIBE of what was never subscribed does no harm") {
  testing::NamesStage stage;
  stage.account.subscriptions = {"INBOX", "gone"};
  CHECK(stage.say("UNSUBSCRIBE Inbox") == "A OK Done\r\n");
  CHECK(stage.say("UNSUBSCRIBE other") == "A OK Done\r\n");
  CHECK(stage.account.subscriptions == std::set<std::string>{"gone"});
}
