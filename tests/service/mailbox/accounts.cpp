#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SystemFlag;
using imap::Uid;

TEST_CASE("a new account takes mail before anybody logged in, and has its first mailboxes") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto store = backend.make();
    Process process(*store);
    CHECK(add(*process.account, "inbox", "first\r\n") == 1);
    const auto list = process.account->list();
    REQUIRE(list.has_value());
    std::string text;
    for (const imap::MailboxInfo& info : *list) {
      CHECK(info.subscribed);
      CHECK(info.selectable);
      CHECK_FALSE(info.has_children);
      text += info.name + " " + std::to_string(static_cast<int>(info.use)) + "\n";
    }
    CHECK(text == "Archive 1\nDrafts 2\nINBOX 0\nJunk 4\nSent 5\nTrash 6\n");
    CHECK(contents(*process.account, "INBOX") == "1:0:first\r\n\n");
    require_sound(*process.account);
  }
}

TEST_CASE("an account that was only opened is empty and sound, and reading it makes its mailboxes") {
  const auto store = store::make_memory_store();
  Process process(*store);
  require_sound(*process.account);
  const auto session = process.account->session();
  const auto status = session->status("INBOX");
  REQUIRE(status.has_value());
  CHECK(status->messages == 0);
  CHECK(status->uid_next.value() == 1);
  CHECK(status->uid_validity.value() >= 1'767'225'600);
  CHECK(process.account->messages("INBOX")->empty());
}

TEST_CASE("one object for one account in a process, also when nobody holds it for a while") {
  const auto store = store::make_memory_store();
  testing::FakeClock clock;
  Limits limits;
  limits.idle_accounts = 2;
  const auto accounts = Accounts::make(*store, clock, limits);
  std::weak_ptr<Account> first = *accounts->open(AccountId{1}, {});
  CHECK(first.lock() == *accounts->open(AccountId{1}, {}));
  static_cast<void>(accounts->open(AccountId{2}, {}));
  CHECK_FALSE(first.expired());
  static_cast<void>(accounts->open(AccountId{3}, {}));
  CHECK(first.expired());
}

TEST_CASE("uids grow and are never used again, also after the mailbox was empty") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    {
      Process process(*store);
      CHECK(add(*process.account, "INBOX", "a") == 1);
      CHECK(add(*process.account, "INBOX", "b") == 2);
      const std::vector<Uid> all{Uid{2}, Uid{1}, Uid{9}};
      CHECK(process.account->remove("INBOX", all).has_value());
      CHECK(process.account->messages("INBOX")->empty());
      require_sound(*process.account);
    }
    Process process(*store);
    CHECK(add(*process.account, "INBOX", "c") == 3);
    std::uint64_t bodies = 0;
    const auto partition = *store->open(kAccount);
    CHECK(partition->each_blob([&](BlobId, std::uint64_t) { ++bodies; }).has_value());
    CHECK(bodies == 1);
    require_sound(*process.account);
  }
}

TEST_CASE("quota in octets and messages counts the whole account, and room comes back") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store, Quota{10, 3});
    CHECK(add(*process.account, "INBOX", "12345") == 1);
    CHECK(process.account->room_for(5).has_value());
    CHECK(code_of(process.account->room_for(6)) == Code::over_quota);
    CHECK(add(*process.account, "Sent", "1234") == 1);
    const auto refused = try_add(*process.account, "INBOX", "12");
    CHECK(code_of(refused) == Code::over_quota);
    CHECK(add(*process.account, "INBOX", "1") == 2);
    CHECK(code_of(try_add(*process.account, "INBOX", "")) == Code::over_quota);
    require_sound(*process.account);  // the refused bodies are gone
    const std::vector<Uid> first{Uid{1}};
    CHECK(process.account->remove("INBOX", first).has_value());
    CHECK(add(*process.account, "INBOX", "12345") == 3);
    // Another quota for the same account counts at once.
    static_cast<void>(process.accounts->open(kAccount, Quota{0, 0}));
    CHECK(add(*process.account, "INBOX", "0123456789") == 4);
    require_sound(*process.account);
  }
}

TEST_CASE("a missing mailbox is refused or made, as the message says") {
  const auto store = store::make_memory_store();
  Process process(*store);
  CHECK(code_of(try_add(*process.account, "Lists/posthorn", "x")) == Code::not_found);
  auto message = new_message(*process.account, "Lists/posthorn", "x");
  REQUIRE(message.has_value());
  message->create_mailbox = true;
  const auto added = process.account->add(*message);
  REQUIRE(added.has_value());
  CHECK(added->uid.value() == 1);
  CHECK(*process.account->uid_validity("Lists/posthorn") == added->uid_validity);
  CHECK(process.account->messages("Lists")->empty());
  require_sound(*process.account);
}

TEST_CASE("limits on one message: its octets, the length, number and octets of its keywords") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.message_octets = 4;
  limits.keywords = 2;
  limits.keyword_octets = 5;
  Process process(*store, {}, limits);
  CHECK(add(*process.account, "INBOX", "1234") == 1);
  CHECK(code_of(try_add(*process.account, "INBOX", "12345")) == Code::too_long);
  CHECK(add(*process.account, "INBOX", "1", flags_of({}, {"$b", "A"})) == 2);
  CHECK(add(*process.account, "INBOX", "1", flags_of({}, {"a", "$B"})) == 3);
  CHECK(code_of(try_add(*process.account, "INBOX", "1", flags_of({}, {"third"}))) == Code::too_many);
  CHECK(code_of(try_add(*process.account, "INBOX", "1", flags_of({}, {"longer"}))) == Code::too_long);
  CHECK(code_of(try_add(*process.account, "INBOX", "1", flags_of({}, {"a b"}))) == Code::syntax);
  CHECK(add(*process.account, "Sent", "1", flags_of({}, {"third"})) == 1);
  CHECK(contents(*process.account, "INBOX") == "1:0:1234\n2:0,$b,A:1\n3:0,$b,A:1\n");
  require_sound(*process.account);
}
