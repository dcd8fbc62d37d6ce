#include "protocol/imap/commands/rename.h"

#include <doctest/doctest.h>

#include "protocol/imap/names_stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("RENAME takes what its grammar says and nothing else") {
  for (View arguments : {View(" a b")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::rename::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" a"), View(" a b c")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::rename::spec.check(c), arguments);
  }
}

TEST_CASE("RENAME is refused with the codes of RFC 5530") {
  testing::NamesStage stage;
  stage.account.make("foo");
  stage.account.make("bar");
  stage.share("#Shared/a", "ann", *parse_rights("lrk"));
  CHECK(stage.say("RENAME foo bar").starts_with("A NO [ALREADYEXISTS] "));
  CHECK(stage.say("RENAME foo inbox").starts_with("A NO [ALREADYEXISTS] "));
  CHECK(stage.say("RENAME nowhere x").starts_with("A NO [NONEXISTENT] "));
  CHECK(stage.say("RENAME foo foo/below").starts_with("A NO [CANNOT] "));
  CHECK(stage.say("RENAME foo #other").starts_with("A NO [CANNOT] "));
  CHECK(stage.say("RENAME foo /x").starts_with("A NO [CANNOT] "));
  CHECK(stage.say("RENAME #Shared/a mine").starts_with("A NO [NOPERM] "));
  CHECK(stage.account.find("foo") != nullptr);
}

TEST_CASE("RENAME takes children along, and the selected mailbox keeps its session") {
  testing::NamesStage stage;
  stage.account.make("foo");
  stage.account.make("foo/bar");
  stage.state.selected = *stage.state.mailboxes->select("foo/bar", false);
  stage.state.selected_name = "foo/bar";
  CHECK(stage.say("RENAME foo zar/") == "A OK Done\r\n");
  CHECK(stage.account.find("zar/bar") != nullptr);
  CHECK(stage.state.selected_name == "zar/bar");
  CHECK(stage.say("DELETE zar/bar").starts_with("* OK [CLOSED] "));
}

TEST_CASE("RENAME of INBOX moves what is in it; INBOX stays selected (RFC 9051 section 6.3.6)") {
  testing::NamesStage stage;
  stage.account.add("INBOX", "a");
  stage.state.selected = *stage.state.mailboxes->select("INBOX", false);
  stage.state.selected_name = "INBOX";
  CHECK(stage.say("RENAME inbox old-mail") == "A OK Done\r\n");
  CHECK(stage.state.selected_name == "INBOX");
  CHECK(stage.account.find("old-mail")->messages.size() == 1);
  CHECK(stage.say("STATUS INBOX (MESSAGES)") == "* STATUS \"INBOX\" (MESSAGES 0)\r\nA OK Done\r\n");
}

TEST_CASE("the id of a mailbox stays through RENAME; a client of IMAP4rev2 hears of the new name") {
  testing::NamesStage stage;
  stage.account.make("foo");
  stage.state.enabled.rev2 = true;
  const std::string before = stage.say("STATUS foo (MAILBOXID)");
  CHECK(before == "* STATUS \"foo\" (MAILBOXID (m1002))\r\nA OK Done\r\n");
  CHECK(stage.say("RENAME foo bar") == "* LIST () \"/\" \"bar\" (\"OLDNAME\" (\"foo\"))\r\nA OK Done\r\n");
  CHECK(stage.say("STATUS bar (MAILBOXID)") == "* STATUS \"bar\" (MAILBOXID (m1002))\r\nA OK Done\r\n");
}
