#include "protocol/imap/notification.h"

#include <doctest/doctest.h>

#include "protocol/imap/stage.h"

namespace posthorn::imap::notification {

namespace {
std::optional<Request> read(View text) {
  Cursor c(text);
  Request out;
  if (!request(c, out) || !c.at_end()) return std::nullopt;
  return out;
}
}  // namespace

TEST_CASE("NOTIFY: the examples of RFC 5465 are read") {
  const auto all = read(
      " SET STATUS (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) "
      "(subtree Lists (MessageNew MessageExpunge)) (mailboxes (misc a/b) NONE)");
  REQUIRE(all);
  CHECK(all->status);
  REQUIRE(all->groups.size() == 3);
  CHECK(all->groups[0].filter == Filter::selected);
  CHECK(all->groups[0].attributes == "(uid body.peek[header.fields (from to subject)])");
  CHECK(all->groups[1].names == std::vector<std::string>{"Lists"});
  CHECK(all->groups[2].names == std::vector<std::string>{"misc", "a/b"});
  CHECK(all->groups[2].events == 0);
  CHECK(read(" NONE")->groups.empty());
  CHECK(read(" SET (personal (MailboxName SubscriptionChange))"));
  CHECK(read(" SET (personal (ServerMetadataChange))")->unknown_events);
}

TEST_CASE("NOTIFY: what cannot be meant is refused (section 5)") {
  CHECK(!read(" SET"));
  CHECK(!read(" SET (personal (MessageNew))"));
  CHECK(!read(" SET (personal (FlagChange))"));
  CHECK(!read(" SET (nobody (MessageNew MessageExpunge))"));
  CHECK(!read(" SET (selected (MessageNew MessageExpunge)) (selected-delayed (MessageNew MessageExpunge))"));
  CHECK(!read(" SET (personal (MessageNew (UID) MessageExpunge))"));
  CHECK(!read(" SET (subtree (MessageNew MessageExpunge))"));
}

TEST_CASE("NOTIFY NONE: nothing of the selected mailbox is told any more (section 3.1)") {
  testing::ImapStage stage;
  stage.select();
  CHECK(stage.say("a NOTIFY NONE\r\n") == "a OK Done\r\n");
  stage.account.add("INBOX", "\r\n");
  CHECK(stage.say("b NOOP\r\n") == "b OK Done\r\n");
}

TEST_CASE("NOTIFY: new messages of the selected mailbox come with what was asked for, between commands") {
  testing::ImapStage stage;
  stage.select();
  CHECK(stage.say("a NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))\r\n") == "a OK Done\r\n");
  stage.account.add("INBOX", "\r\n", {1, {}});
  CHECK(stage.run() == "* 4 EXISTS\r\n* 4 FETCH (UID 4 FLAGS (\\Seen))\r\n");
  CHECK(stage.run().empty());
}

TEST_CASE("NOTIFY: event kinds that are not told are named (section 3.1)") {
  testing::ImapStage stage;
  stage.log_in();
  CHECK(stage.say("a NOTIFY SET (personal (AnnotationChange MailboxName))\r\n")
            .starts_with("a NO [BADEVENT (MessageNew"));
}

}  // namespace posthorn::imap::notification
