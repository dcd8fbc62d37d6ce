#include "protocol/imap/commands/delete.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("DELETE takes what its grammar says and nothing else") {
  for (View arguments : {View(" x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::delete_::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" a b"), View(" ("), View("  x")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::delete_::spec.check(c), arguments);
  }
}

TEST_CASE("DELETE is refused with the codes of RFC 5530 and RFC 9051") {
  testing::NamesStage stage;
  stage.account.make("foo");
  stage.account.make("foo/bar");
  stage.share("#Shared/a", "ann", *parse_rights("lr"));
  CHECK(stage.say("DELETE inbox").starts_with("A NO [CANNOT] "));
  CHECK(stage.say("DELETE nowhere").starts_with("A NO [NONEXISTENT] "));
  CHECK(stage.say("DELETE foo").starts_with("A NO [HASCHILDREN] "));
  CHECK(stage.say("DELETE #Shared/a").starts_with("A NO [NOPERM] "));
  CHECK(stage.say("DELETE foo/bar") == "A OK Done\r\n");
  CHECK(stage.say("DELETE foo") == "A OK Done\r\n");
}

TEST_CASE("the selected mailbox is closed when it is deleted, under whichever spelling") {
  testing::NamesStage stage;
  stage.account.make("INBOX/a");
  stage.state.selected = *stage.state.mailboxes->select("INBOX/a", false);
  stage.state.selected_name = "inbox/a";
  stage.state.saved = {{1, 2}};
  CHECK(stage.say("DELETE Inbox/a") == "* OK [CLOSED] The selected mailbox is gone\r\nA OK Done\r\n");
  CHECK(stage.state.selected == nullptr);
  CHECK(stage.state.saved.empty());
}
