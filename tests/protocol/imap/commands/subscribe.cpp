#include "protocol/imap/commands/subscribe.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("SUBSCRIBE takes what its grammar says and nothing else") {
  for (View arguments : {View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::subscribe::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" ("), View("  x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::subscribe::spec.check(c), arguments);
  }
}

TEST_CASE("SUBSCRIBE takes names of mailboxes that do not exist (RFC 9051 section 6.3.7)") {
  testing::NamesStage stage;
  CHECK(stage.say("SUBSCRIBE gone") == "A OK Done\r\n");
  CHECK(stage.say("SUBSCRIBE inbox") == "A OK Done\r\n");
  CHECK(stage.account.subscriptions == std::set<std::string>{"INBOX", "gone"});
}
