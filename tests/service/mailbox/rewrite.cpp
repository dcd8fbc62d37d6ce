#include "service/mailbox/rewrite.h"

#include <algorithm>
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

std::vector<SeqNum> all_of(const imap::SelectedMailbox& view) {
  std::vector<SeqNum> all;
  for (std::uint32_t i = 1; i <= view.exists(); ++i) all.push_back(SeqNum{i});
  return all;
}

void add_many(SealedProcess& process, int count) {
  for (int i = 0; i < count; ++i) add(*process.account, "INBOX", "body " + std::to_string(i));
}

std::size_t sealed_in(SealedProcess& process, View name) {
  const auto messages = process.account->messages(name);
  REQUIRE(messages);
  return static_cast<std::size_t>(
      std::count_if(messages->begin(), messages->end(), [](const auto& at) { return !at.body.capsule.empty(); }));
}

/// Calls `then` before the nth answer from now on how mail is stored.
void on_asking(SealedProcess& process, int nth, std::function<void()> then) {
  process.settings.asked = [nth, then = std::move(then)]() mutable {
    if (--nth == 0) then();
  };
}

/// Finished bodies that wait although nobody will name them. Keeps them: for the end of a test.
int waiting_bodies(store::Store& store, std::uint64_t highest) {
  const auto partition = std::move(*store.open(kAccount));
  int count = 0;
  for (std::uint64_t blob = 1; blob <= highest; ++blob) {
    if (partition->read_blob(BlobId{blob}, 0, 1)) continue;
    if (partition->commit(store::Batch().keep(BlobId{blob}))) ++count;
  }
  return count;
}

void change_row(store::Store& store, Uid uid, const std::function<void(store::Partition&, MessageRow&)>& how) {
  const auto partition = std::move(*store.open(kAccount));
  const std::string key = keys::message(MailboxId{1}, uid);
  auto row = decode_message((*partition->get(key))->value);
  REQUIRE(row);
  how(*partition, *row);
  REQUIRE(partition->commit(store::Batch().put(key, encode(*row))));
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
  auto append = std::move(*process.account->session(process.keys)->append("Drafts"));
  REQUIRE(append->begin({}, {}));
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

TEST_CASE("one body in more messages than a batch holds becomes one new body") {
  enum class What : std::uint8_t { copy, reprocess };
  for (const What what : {What::copy, What::reprocess}) {
    const auto store = store::make_memory_store();
    SealedProcess process(*store);
    std::vector<std::string> words;  // 12,000 rows of 600 octets and 114 for the capsule: more than 8 MiB
    for (int i = 0; what == What::copy && i < 256; ++i) words.push_back("word" + std::to_string(i));
    add(*process.account, "INBOX", "one", flags_of({}, words));
    auto view = select(process, "INBOX", process.all);
    const std::uint32_t count = what == What::copy ? 12'000 : 3'000;
    while (view->exists() < count) {
      std::vector<SeqNum> some = all_of(*view);
      some.resize(std::min<std::size_t>(some.size(), count - some.size()));
      REQUIRE(view->copy(some, "INBOX"));
      REQUIRE(view->poll(true));
    }
    process.seal(true);
    if (what == What::copy) {
      const auto copied = view->copy(all_of(*view), "Archive");
      REQUIRE(copied);
      CHECK(copied->target.size() == count);
    } else {
      const auto done = process.account->reprocess(process.all, kGoOn);
      REQUIRE(done);
      CHECK(done->rewritten == count);
    }
    CHECK(sealed_in(process, what == What::copy ? "Archive" : "INBOX") == count);
    require_sound(*process.account);  // also that all share one body
    std::size_t bodies = 0;
    REQUIRE((*store->open(kAccount))->each_blob([&](BlobId, std::uint64_t) { ++bodies; }));
    CHECK(bodies == (what == What::copy ? 2 : 1));
  }
}

TEST_CASE("a mailbox that is set in another way while messages are copied stores the rest so") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  add_many(process, 600);
  process.seal(false);
  auto view = select(process, "INBOX", process.all);
  // Asked once by the command, twice for each part: the second one begins with the new setting.
  on_asking(process, 4, [&] { process.seal(true); });
  REQUIRE(view->copy(all_of(*view), "Archive"));
  CHECK(sealed_in(process, "Archive") == 600 - kRewriteMessages);
  // Switched while its bodies are written a part begins anew.
  process.seal(false);
  on_asking(process, 3, [&] { process.seal(true); });
  REQUIRE(view->move(all_of(*view), "Trash"));
  CHECK(sealed_in(process, "Trash") == 600);
  process.settings.asked = nullptr;
  require_sound(*process.account);
  CHECK(waiting_bodies(*store, 3000) == 0);
}

TEST_CASE("reprocessing stops when the mailbox is set in another way, and is not reported as done") {
  for (const int nth : {3, 5}) {  // in the middle, and after the last batch
    const auto store = backends().front().make();
    SealedProcess process(*store);
    process.seal(true);
    add_many(process, 600);
    process.seal(false);
    process.settings.now.reprocess = true;
    on_asking(process, nth, [&] { process.seal(true); });
    const auto done = process.account->reprocess(process.all, kGoOn);
    REQUIRE(done);
    CHECK(done->left == (nth == 3 ? 600 - kRewriteMessages : 0));
    CHECK(process.settings.reports == 0);
    CHECK(process.settings.now.reprocess);
    process.settings.asked = nullptr;
    CHECK(process.account->reprocess(process.all, kGoOn)->left == 0);
    CHECK(process.settings.reports == 1);
    CHECK(sealed_in(process, "INBOX") == 600);
    require_sound(*process.account);
  }
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.settings.now.state = vault::State::pending;
  process.settings.now.reprocess = true;
  REQUIRE(process.account->reprocess(process.all, kGoOn));
  CHECK(process.settings.reports == 0);  // nothing was done yet
}

TEST_CASE("a copy that does not fit or fails in a later part leaves nothing") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  add_many(process, 600);
  process.seal(true);
  auto view = select(process, "INBOX", process.all);
  REQUIRE(process.accounts->open(kAccount, {.octets = 0, .messages = 1100}));
  const auto before = process.account->session()->status("Archive")->uid_next;
  CHECK(code_of(view->copy(all_of(*view), "Archive")) == Code::over_quota);
  CHECK(process.account->session()->status("Archive")->uid_next == before);  // not even for a moment
  REQUIRE(process.accounts->open(kAccount, {}));
  on_asking(process, 6, [&] { process.settings.failure = environment_error(Code::unavailable); });
  CHECK(code_of(view->copy(all_of(*view), "Archive")) == Code::unavailable);
  CHECK(process.account->messages("Archive")->empty());
  CHECK(process.account->session()->status("Archive")->uid_next > before);
  CHECK(process.account->messages("INBOX")->size() == 600);
  require_sound(*process.account);
  CHECK(waiting_bodies(*store, 3000) == 0);
}

TEST_CASE("bodies of messages that could not be added do not wait") {
  const auto inner = store::make_memory_store();
  posthorn::testing::FaultyStore store(*inner);
  SealedProcess process(store);
  REQUIRE(process.account->provision());
  const auto begun = new_message(*process.account, "INBOX", "token");
  process.seal(true);
  CHECK(!process.account->add(*begun));
  const auto lost = new_message(*process.account, "INBOX", "token");
  store.lose_commit(1, environment_error(Code::unavailable));
  CHECK(!process.account->add(*lost));
  CHECK(process.show("INBOX") == "1*:0:token ");  // the commit was applied: its body must stay
  const auto failing = new_message(*process.account, "INBOX", "other");
  store.fail_at(1, environment_error(Code::no_space));
  CHECK(!process.account->add(*failing));
  require_sound(*process.account);
  CHECK(waiting_bodies(*inner, 20) == 0);
}

TEST_CASE("a message that is damaged behind its first chunk moves as it is") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  add(*process.account, "INBOX", "one");
  add(*process.account, "INBOX", std::string(100'000, 'x'));
  change_row(*store, Uid{2}, [&](store::Partition& partition, MessageRow& row) {
    std::string content = *partition.read_blob(row.blob, 0, 1U << 20U);
    content[90'000] ^= 1;
    const auto writer = std::move(*partition.write_blob());
    REQUIRE(writer->append(content));
    const BlobId damaged = *writer->finish();
    REQUIRE(partition.commit(store::Batch().keep(damaged).drop(row.blob)));
    row.blob = damaged;
  });
  process.open();
  process.seal(false);
  auto view = select(process, "INBOX", process.all);
  REQUIRE(view->copy(all_of(*view), "Archive"));
  REQUIRE(view->move(all_of(*view), "Trash"));
  for (const char* name : {"Archive", "Trash"}) CHECK(process.show(name) == "1:0:one 2*:0:<corrupt> ");
  require_sound(*process.account);
}

TEST_CASE("a message of another size than its capsule tells is damaged") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  add(*process.account, "INBOX", "one");
  add(*process.account, "INBOX", "four");
  change_row(*store, Uid{2}, [](store::Partition&, MessageRow& row) { row.octets = 3; });
  process.open();
  const auto view = select(process, "INBOX", process.all);
  CHECK(*view->read(SeqNum{1}, 0, 10) == "one");
  CHECK(code_of(view->read(SeqNum{2}, 0, 10)) == Code::corrupt);
  CHECK(code_of(view->read(SeqNum{2}, 0, 10)) == Code::corrupt);
  process.seal(false);
  const auto done = process.account->reprocess(process.all, kGoOn);
  REQUIRE(done);
  CHECK(done->rewritten == 1);
  CHECK(done->closed == 1);
  CHECK(process.show("INBOX") == "1:0:one 2*:0:<corrupt> ");
}

TEST_CASE("what others move while mail is stored anew is found again") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  add(*process.account, "INBOX", "one");
  add(*process.account, "INBOX", "two");
  process.seal(false);
  process.settings.now.reprocess = true;
  bool moved = false;
  const auto done = process.account->reprocess(process.all, [&](std::uint64_t, std::uint64_t) {
    if (!moved) REQUIRE(select(process, "INBOX", nullptr)->move(numbers({2}), "Trash"));  // as it is: without keys
    return moved = true;
  });
  REQUIRE(done);
  CHECK(done->rewritten == 2);
  CHECK(done->left == 0);
  CHECK(process.show("Trash") == "1:0:two ");
  CHECK(process.settings.reports == 1);
  require_sound(*process.account);
}

TEST_CASE("RENAME of INBOX stores its messages as the mailbox is set") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  add(*process.account, "INBOX", "one");
  process.seal(true);
  REQUIRE(process.account->session()->rename("INBOX", "Old"));
  CHECK(process.show("Old") == "1*:0:one ");
  CHECK(process.show("INBOX").empty());
  require_sound(*process.account);
}
