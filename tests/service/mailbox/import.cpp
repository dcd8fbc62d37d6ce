#include "service/mailbox/import.h"

#include "posthorn/service/vault/setting.h"

#include "service/mailbox/fixture.h"
#include "service/mailbox/sealed.h"

using namespace posthorn;
using namespace posthorn::mailbox;

namespace {

Result<void> bring(Account& account, Import& import, View body, const imap::Flags& flags = {}) {
  auto message = new_message(account, "INBOX", body);
  if (!message) return fail(message.error());
  return import.add(std::move(message->body), flags, posthorn::testing::FakeClock::kStart);
}

}  // namespace

TEST_CASE("what an import brings is there when it ends, or not at all") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    Process process(*store);
    add(*process.account, "INBOX", "old");
    {
      auto import = process.account->sharer()->import_into("inbox", nullptr);
      REQUIRE(import);
      REQUIRE(bring(*process.account, **import, "one", flags_of({imap::SystemFlag::seen}, {"word"})));
      REQUIRE(bring(*process.account, **import, "two"));
      const auto landed = (*import)->finish();
      REQUIRE(landed);
      CHECK(landed->uids == std::vector{Uid{2}, Uid{3}});
      CHECK(landed->uid_validity == *process.account->uid_validity("INBOX"));
    }
    CHECK(contents(*process.account, "INBOX") == "1:0:old\n2:1,word:one\n3:0:two\n");
    {
      auto import = process.account->sharer()->import_into("INBOX", nullptr);
      for (std::size_t i = 0; i <= kImportMessages; ++i) REQUIRE(bring(*process.account, **import, "x"));
      CHECK(process.account->messages("INBOX")->size() == 3 + kImportMessages);  // a first batch is there already
    }
    CHECK(contents(*process.account, "INBOX") == "1:0:old\n2:1,word:one\n3:0:two\n");
    CHECK(code_of(process.account->sharer()->import_into("none", nullptr)) == Code::not_found);
    require_sound(*process.account);
  }
}

TEST_CASE("an import into a mailbox that goes meanwhile fails, and leaves no bodies") {
  const auto store = store::make_memory_store();
  Process process(*store, Quota{10, 0});
  const auto session = process.account->session();
  {
    auto import = process.account->sharer()->import_into("Trash", nullptr);
    REQUIRE(bring(*process.account, **import, "one"));
    REQUIRE(session->remove("Trash"));
    CHECK(code_of((*import)->finish()) == Code::not_found);
  }
  {
    auto import = process.account->sharer()->import_into("INBOX", nullptr);
    REQUIRE(bring(*process.account, **import, "12345"));
    REQUIRE(bring(*process.account, **import, "123456"));
    CHECK(code_of((*import)->finish()) == Code::over_quota);
  }
  CHECK(contents(*process.account, "INBOX").empty());
  require_sound(*process.account);
}

TEST_CASE("what comes into a sealed mailbox is sealed; a visitor cannot take sealed mail away, nor lose it") {
  class Anybody : public Visitor {
   public:
    AccountId account() const override { return AccountId{9}; }
    Result<bool> is(View identifier) const override { return identifier == "anyone"; }
    std::uint64_t stamp() const override { return 1; }
    bool has_own_seen() const override { return true; }
  };
  const auto store = store::make_memory_store();
  SealedProcess process(*store);
  process.seal(true);
  const auto owner = process.account->session(process.keys);
  REQUIRE(owner->set_acl("INBOX", "anyone", imap::RightsChange::add, imap::Rights::all()));
  REQUIRE(owner->set_acl("Sent", "anyone", imap::RightsChange::add, imap::Rights::all()));
  const auto visitor = std::make_shared<Anybody>();
  auto import = process.account->sharer()->import_into("INBOX", visitor);
  REQUIRE(import);
  REQUIRE(bring(*process.account, **import, "one", flags_of({imap::SystemFlag::seen})));
  REQUIRE((*import)->finish());
  CHECK(process.show("INBOX") == "1*:0:one ");
  const auto session = process.account->sharer()->enter({.keys = {}, .visitor = visitor, .elsewhere = nullptr});
  auto view = session->select("INBOX", false);
  REQUIRE(view);
  CHECK((*view)->facts(imap::SeqNum{1}).flags.system == 1);
  CHECK(code_of((*view)->read(imap::SeqNum{1}, 0, 9)) == Code::sealed);
  CHECK(code_of((*view)->copy(numbers({1}), "Sent")) == Code::sealed);
  CHECK(code_of((*view)->move(numbers({1}), "Sent")) == Code::sealed);
  CHECK(process.show("INBOX") == "1*:0:one ");
  CHECK(process.show("Sent").empty());
  // Stored plain until the mailbox was sealed meanwhile: it must come again.
  process.seal(false);
  auto slow = process.account->sharer()->import_into("INBOX", visitor);
  REQUIRE(bring(*process.account, **slow, "two"));
  process.seal(true);
  CHECK(code_of((*slow)->finish()) == Code::unavailable);
  slow->reset();
  CHECK(process.show("INBOX") == "1*:0:one ");
  require_sound(*process.account);
}
