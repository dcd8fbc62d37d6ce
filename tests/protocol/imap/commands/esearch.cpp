#include "protocol/imap/commands/esearch.h"

#include <doctest/doctest.h>

#include "posthorn/testing/fake_mailboxes.h"

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;
using commands::esearch::Source;

namespace {
struct Fixture {
  testing::FakeAccount account;
  State state;
  Fixture() {
    for (const char* name :
         {"folder1", "folder2", "folder2/banana", "folder2/peach", "folder2/salmon", "folder2/a/b"}) {
      account.make(name);
    }
    account.add("folder1", "Subject: chocolate\r\n\r\n");
    account.add("folder1", "Subject: nothing\r\n\r\n");
    account.add("folder2/banana", "Subject: no\r\n\r\n");
    account.add("folder2/banana", "Subject: chocolate\r\n\r\n");
    account.add("folder2/a/b", "Subject: chocolate\r\n\r\n");
    account.subscriptions = {"folder1", "not there"};
    state.mailboxes = account.session();
    state.tag = "tag1";
  }
  std::string said(View arguments) { return testing::dialogue(commands::esearch::spec, arguments, state); }
  void select(View name) {
    state.selected = std::move(*state.mailboxes->select(name, true));
    state.selected_name = name;
  }
  static std::string found(View name, View validity, View items) {
    return "* ESEARCH (TAG \"tag1\" MAILBOX \"" + own(name) + "\" UIDVALIDITY " + own(validity) + ") UID " +
           own(items) + "\r\n";
  }
};
constexpr View kDone = "A OK Done\r\n";
}  // namespace

TEST_CASE_FIXTURE(Fixture, "ESEARCH: the mailboxes that the sources mean (RFC 7377 section 2.2)") {
  const std::string one = found("folder1", "1002", "ALL 1");
  const std::string banana = found("folder2/banana", "1004", "ALL 2");
  const std::string deep = found("folder2/a/b", "1007", "ALL 1");
  const View keys = " SUBJECT chocolate";
  const auto in = [&](View sources) { return said(" IN (" + own(sources) + ")" + own(keys)); };
  CHECK(in("mailboxes \"folder1\" subtree \"folder2\"") == one + deep + banana + own(kDone));
  CHECK(in("subtree-one folder2") == banana + own(kDone));
  CHECK(in("subtree-one \"\"") == one + own(kDone));
  CHECK(in("mailboxes (folder2/banana nowhere folder1)") == banana + one + own(kDone));
  CHECK(in("subscribed mailboxes folder1") == one + own(kDone));
  CHECK(in("personal") == one + deep + banana + own(kDone));
  CHECK(in("inboxes") == kDone);
  CHECK(in("selected folder1").starts_with("refused"));
  CHECK(said(" IN (personal) RETURN (COUNT MIN) SUBJECT no") ==
        found("folder1", "1002", "MIN 2 COUNT 1") + found("folder2/banana", "1004", "MIN 1 COUNT 1") + own(kDone));
}

TEST_CASE_FIXTURE(Fixture, "ESEARCH: the selected mailbox") {
  CHECK(said(" ALL").starts_with("A BAD "));
  CHECK(said(" IN (selected) ALL").starts_with("A BAD "));
  CHECK(said(" IN (selected inboxes) ALL") == kDone);
  select("folder1");
  CHECK(said(" ALL") == found("folder1", "1002", "ALL 1:2") + own(kDone));
  CHECK(said(" IN (selected) RETURN (SAVE ALL) 2") == found("folder1", "1002", "ALL 2") + own(kDone));
  CHECK(state.saved == std::vector<Range>{{2, 2}});
  CHECK(said(" UID $") == found("folder1", "1002", "ALL 2") + own(kDone));
  CHECK(said(" IN (selected inboxes mailboxes folder2/banana) SUBJECT chocolate") ==
        found("folder1", "1002", "ALL 1") + found("folder2/banana", "1004", "ALL 2") + own(kDone));
}

TEST_CASE_FIXTURE(Fixture, "ESEARCH: what means something in one mailbox only is refused for many") {
  select("folder1");
  for (const View arguments : {" IN (personal) 1:2", " IN (personal) NOT (UID 5)", " IN (personal) $",
                               " IN (personal) RETURN (SAVE) ALL", " IN (selected mailboxes folder1) 1"}) {
    CHECK_MESSAGE(said(arguments).starts_with("A BAD "), arguments);
  }
  CHECK(said(" IN (personal) RETURN (UPDATE) SUBJECT nothing").starts_with("* NO [NOUPDATE \"tag1\"] "));
}

TEST_CASE_FIXTURE(Fixture, "ESEARCH: charsets and failures") {
  CHECK(said(" IN (personal) CHARSET X-NONE ALL").starts_with("A NO [BADCHARSET ("));
  account.failure = Code::unavailable;
  CHECK(said(" IN (personal) ALL").starts_with("A NO [UNAVAILABLE] "));
}

TEST_CASE("ESEARCH takes what its grammar says and nothing else") {
  std::string many = " IN (mailboxes (a";
  for (std::size_t i = 0; i < commands::esearch::kMaxNames; ++i) many += " a";
  for (const std::string& bad :
       {std::string(), std::string(" "), std::string(" IN () ALL"), std::string(" IN (foo) ALL"),
        std::string(" IN (mailboxes) ALL"), std::string(" IN (mailboxes ()) ALL"), std::string(" IN (selected)"),
        std::string(" IN (selected-delayed) ALL"), std::string(" IN selected ALL"), many + ")) ALL"}) {
    Cursor c(bad);
    CHECK_MESSAGE(!commands::esearch::spec.check(c), bad);
  }
}
