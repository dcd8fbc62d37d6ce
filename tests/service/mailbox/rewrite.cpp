#include "service/mailbox/rewrite.h"

#include <set>

#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/sealed.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SeqNum;

namespace {

constexpr auto kGoOn = [](std::uint64_t, std::uint64_t) { return true; };

std::unique_ptr<imap::SelectedMailbox> select(SealedProcess& process, View name,
                                              const std::shared_ptr<const vault::OpenKeys>& keys) {
  return std::move(*process.account->session(keys)->select(name, false));
}

}  // namespace

TEST_CASE("moving and copying store a message as the mailbox is set, with its date and flags") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    const imap::Flags flags = flags_of({imap::SystemFlag::flagged}, {"todo"});
    add(*process.account, "INBOX", "one", flags);
    add(*process.account, "INBOX", "two");
    process.seal(true);
    add(*process.account, "INBOX", "three");
    process.clock.advance(std::chrono::hours(1));
    const auto before = *process.account->messages("INBOX");
    auto view = select(process, "INBOX", nullptr);  // sealing needs no key
    const auto copied = view->copy(numbers({1, 3}), "Archive");
    REQUIRE(copied);
    CHECK(copied->source == std::vector<Uid>{Uid{1}, Uid{3}});
    CHECK(process.show("Archive") == "1*:4:one 2*:0:three ");
    CHECK(process.show("INBOX") == "1:4:one 2:0:two 3*:0:three ");
    CHECK(process.account->messages("Archive")->at(0).internal_date == before[0].internal_date);
    CHECK(process.account->messages("Archive")->at(0).flags == flags);
    require_sound(*process.account);
    REQUIRE(view->move(numbers({1, 2, 3}), "Trash"));
    CHECK(process.show("Trash") == "1*:4:one 2*:0:two 3*:0:three ");
    CHECK(process.show("INBOX").empty());
    require_sound(*process.account);
    CHECK(everything(*store).find("one") == std::string::npos);

    process.seal(false);
    view = select(process, "Trash", process.all);
    REQUIRE(view->move(numbers({1, 2}), "INBOX"));
    CHECK(process.show("INBOX") == "4:4:one 5:0:two ");
    CHECK(process.show("Trash") == "3*:0:three ");
    // Without the keys a message goes where it is wanted as it is.
    view = select(process, "Trash", nullptr);
    REQUIRE(view->move(numbers({1}), "INBOX"));
    CHECK(process.show("INBOX") == "4:4:one 5:0:two 6*:0:three ");
    require_sound(*process.account);
    CHECK(code_of(view->copy(numbers({}), "Nowhere")) == Code::not_found);
  }
}

TEST_CASE("appending applies the setting too") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  auto append = std::move(*process.account->session(process.keys)->append("Drafts", {}, std::nullopt, 10));
  REQUIRE(append->write("secret tok"));
  REQUIRE(append->finish());
  CHECK(process.show("Drafts") == "1*:0:secret tok ");
  CHECK(everything(*store).find("secret") == std::string::npos);
}

TEST_CASE("reprocessing goes through all mailboxes and keeps what clients know") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    for (const char* body : {"one", "two", "three"})
      add(*process.account, "INBOX", body, flags_of({imap::SystemFlag::seen}));
    auto view = select(process, "INBOX", nullptr);
    REQUIRE(view->copy(numbers({1, 2}), "Archive"));
    REQUIRE(view->copy(numbers({1}), "INBOX"));
    process.seal(true);
    add(*process.account, "INBOX", "five");
    process.settings.now.reprocess = true;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
    const auto done = process.account->reprocess(process.keys, [&](std::uint64_t at, std::uint64_t all) {
      told.emplace_back(at, all);
      return true;
    });
    REQUIRE(done);
    CHECK(done->rewritten == 6);
    CHECK(done->closed == 0);
    CHECK(done->left == 0);
    CHECK(told.front() == std::pair<std::uint64_t, std::uint64_t>(0, 6));
    CHECK(told.back() == std::pair<std::uint64_t, std::uint64_t>(6, 6));
    CHECK(process.settings.reports == 1);
    CHECK(process.show("INBOX") == "1*:1:one 2*:1:two 3*:1:three 4*:1:one 5*:0:five ");
    CHECK(process.show("Archive") == "1*:1:one 2*:1:two ");
    require_sound(*process.account);
    const std::string stored = everything(*store);
    CHECK(stored.find("two") == std::string::npos);
    // Copies still share one body: three with "one", two with "two".
    std::set<std::uint64_t> blobs;
    for (const char* name : {"INBOX", "Archive"}) {
      const auto messages = process.account->messages(name);
      for (const auto& message : *messages) blobs.insert(message.body.blob.value());
    }
    CHECK(blobs.size() == 4);
    // A client is told of a change and sees the same messages.
    CHECK(text_of(*view->poll(true)) == "X5 F1 F2 F3");
    CHECK(process.account->reprocess(process.keys, kGoOn)->rewritten == 0);
  }
}

TEST_CASE("reprocessing after a reset seals old mail to the new key, and leaves what does not open") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  add(*process.account, "INBOX", "old");
  process.begin_generation();
  add(*process.account, "INBOX", "new");
  const auto none = process.account->reprocess(process.keys, kGoOn);
  REQUIRE(none);
  CHECK(none->rewritten == 0);
  CHECK(none->closed == 1);
  CHECK(process.show("INBOX", process.keys) == "1*:0:<sealed> 2*:0:new ");
  const auto done = process.account->reprocess(process.all, kGoOn);
  REQUIRE(done);
  CHECK(done->rewritten == 1);
  CHECK(process.show("INBOX", process.keys) == "1*:0:old 2*:0:new ");
  require_sound(*process.account);
}

TEST_CASE("stopped in the middle it goes on where it was") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  for (int i = 0; i < 600; ++i) add(*process.account, "INBOX", "body " + std::to_string(i));
  process.seal(true);
  process.settings.now.reprocess = true;
  int rounds = 0;
  const auto some = process.account->reprocess(process.keys, [&](auto, auto) { return ++rounds <= 1; });
  REQUIRE(some);
  CHECK(some->rewritten == kRewriteMessages);
  CHECK(some->left == 600 - kRewriteMessages);
  CHECK(process.settings.reports == 0);
  require_sound(*process.account);
  const auto rest = process.account->reprocess(process.keys, kGoOn);
  REQUIRE(rest);
  CHECK(rest->rewritten == 600 - kRewriteMessages);
  CHECK(process.settings.reports == 1);
  require_sound(*process.account);
}

TEST_CASE("a damaged message stays as it is and hurts no other") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  add(*process.account, "INBOX", "one");
  add(*process.account, "INBOX", "two");
  add(*process.account, "INBOX", "three");
  // Its capsule is exchanged for another message's.
  auto partition = std::move(*store->open(kAccount));
  const std::string key = keys::message(MailboxId{1}, Uid{2});
  auto row = decode_message((*partition->get(key))->value);
  REQUIRE(row);
  row->capsule = process.account->messages("INBOX")->at(0).body.capsule;
  REQUIRE(partition->commit(store::Batch().put(key, encode(*row))));
  CHECK(process.show("INBOX") == "1*:0:one 2*:0:<corrupt> 3*:0:three ");
  process.seal(false);
  const auto done = process.account->reprocess(process.all, kGoOn);
  REQUIRE(done);
  CHECK(done->rewritten == 2);
  CHECK(done->closed == 1);
  CHECK(process.show("INBOX") == "1:0:one 2*:0:<corrupt> 3:0:three ");
  auto view = select(process, "INBOX", process.all);
  REQUIRE(view->move(numbers({1, 2, 3}), "Trash"));
  CHECK(process.show("Trash") == "1:0:one 2*:0:<corrupt> 3:0:three ");
  require_sound(*process.account);
}

TEST_CASE("a failure at any operation of a move or a reprocess loses and doubles nothing") {
  enum class What : std::uint8_t { move, copy, reprocess, unseal };
  for (const What what : {What::move, What::copy, What::reprocess, What::unseal}) {
    for (std::uint64_t nth = 1;; ++nth) {
      CAPTURE(nth);
      const auto inner = store::make_memory_store();
      posthorn::testing::FaultyStore store(*inner);
      SealedProcess process(store);
      process.seal(what == What::unseal);
      for (const char* body : {"one", "two", "three"}) add(*process.account, "INBOX", body);
      process.seal(what != What::unseal);
      auto view = select(process, "INBOX", process.all);
      store.fail_at(nth, environment_error(Code::no_space, "on purpose"));
      if (what == What::move) static_cast<void>(view->move(numbers({1, 2, 3}), "Archive"));
      if (what == What::copy) static_cast<void>(view->copy(numbers({1, 2, 3}), "Archive"));
      if (what == What::reprocess || what == What::unseal) {
        static_cast<void>(process.account->reprocess(process.all, kGoOn));
      }
      const bool failed = store.failed();
      store.fail_at(std::uint64_t{1} << 40U, environment_error(Code::no_space));  // no more of it
      view.reset();
      process.open();
      const std::string inbox = process.show("INBOX");
      const std::string archive = process.show("Archive");
      const std::string plain = "1:0:one 2:0:two 3:0:three ";
      const std::string sealed = "1*:0:one 2*:0:two 3*:0:three ";
      CAPTURE(inbox);
      CAPTURE(archive);
      switch (what) {
        case What::move: CHECK(((inbox == plain && archive.empty()) || (inbox.empty() && archive == sealed))); break;
        case What::copy: CHECK((inbox == plain && (archive.empty() || archive == sealed))); break;
        case What::reprocess:
        case What::unseal: CHECK((inbox == plain || inbox == sealed)); break;
      }
      require_sound(*process.account);
      if (!failed) break;
      REQUIRE(nth < 300);
    }
  }
}
