#include "service/mailbox/bodies.h"

#include "service/mailbox/sealed.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SeqNum;

TEST_CASE("new mail is stored as the mailbox is set, and both kinds are read in one mailbox") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    add(*process.account, "INBOX", "plain one");
    process.seal(true);
    add(*process.account, "INBOX", "secret two", flags_of({imap::SystemFlag::seen}));
    process.settings.now.state = vault::State::pending;
    add(*process.account, "INBOX", "plain three");
    CHECK(process.show("INBOX") == "1:0:plain one 2*:1:secret two 3:0:plain three ");
    CHECK(process.show("INBOX", nullptr) == "1:0:plain one 2*:1:<sealed> 3:0:plain three ");
    require_sound(*process.account);
    const std::string stored = everything(*store);
    CHECK(stored.find("plain one") != std::string::npos);
    CHECK(stored.find("secret") == std::string::npos);
    process.open();
    CHECK(process.show("INBOX") == "1:0:plain one 2*:1:secret two 3:0:plain three ");
  }
}

TEST_CASE("where nobody can say how mail is stored, none is") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    process.seal(true);
    const auto refused = [&] {
      const auto added = try_add(*process.account, "INBOX", "token");
      return added ? "stored"
                   : own(name_of(added.error().code)) + (added.error().lasting == Lasting::transient ? "" : "!");
    };
    process.settings.failure = environment_error(Code::corrupt, "on purpose");
    CHECK(refused() == "unavailable");
    process.settings.failure.reset();
    const auto key = process.settings.now.key;
    process.settings.now.key.reset();
    CHECK(refused() == "unavailable");
    process.settings.now.key = vault::PublicKey{key->owner, std::string(32, '\0')};
    CHECK(refused() == "unavailable");
    process.settings.now.key = vault::PublicKey{key->owner, "short"};
    CHECK(refused() == "unavailable");
    process.settings.now.key = key;
    CHECK(refused() == "stored");
    CHECK(process.show("INBOX") == "1*:0:token ");
    process.settings.failure = environment_error(Code::corrupt, "on purpose");
    CHECK(process.show("INBOX") == "1*:0:token ");  // reading needs no setting
    const auto view = std::move(*process.account->session(process.all)->select("INBOX", false));
    CHECK(code_of(view->copy(numbers({1}), "Archive")) == Code::unavailable);
  }
}

TEST_CASE("a message that began before the mailbox was sealed is not stored plain") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  const auto begun = new_message(*process.account, "INBOX", "token");
  process.seal(true);
  const auto added = process.account->add(*begun);
  CHECK(code_of(added) == Code::unavailable);
  CHECK(added.error().lasting == Lasting::transient);
  CHECK(process.show("INBOX").empty());
  // The other way round nothing is lost by storing it sealed.
  const auto sealed = new_message(*process.account, "INBOX", "token");
  process.seal(false);
  CHECK(process.account->add(*sealed));
  CHECK(process.show("INBOX") == "1*:0:token ");
}

TEST_CASE("a view reads sealed and plain messages in pieces, and others are not hurt by one that does not open") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    const std::string large(100'000, 'x');
    add(*process.account, "INBOX", "plain");
    process.seal(true);
    add(*process.account, "INBOX", large + "end");
    process.begin_generation();
    add(*process.account, "INBOX", "newer");
    const auto session = process.account->session(process.keys);  // of the newer key only
    const auto view = std::move(*session->select("INBOX", false));
    CHECK(*view->read(SeqNum{1}, 0, 100) == "plain");
    CHECK(code_of(view->read(SeqNum{2}, 0, 100)) == Code::sealed);
    CHECK(*view->read(SeqNum{3}, 1, 3) == "ewe");
    CHECK(view->facts(SeqNum{2}).octets == large.size() + 3);
    const auto whole = std::move(*process.account->session(process.all)->select("INBOX", true));
    CHECK(*whole->read(SeqNum{2}, large.size() - 2, 100) == "xxend");
    CHECK(*whole->read(SeqNum{3}, 0, 100) == "newer");
    const auto locked = std::move(*process.account->session()->select("INBOX", true));
    CHECK(code_of(locked->read(SeqNum{3}, 0, 100)) == Code::sealed);
    CHECK(*locked->read(SeqNum{1}, 0, 100) == "plain");
  }
}

TEST_CASE("an open view goes on reading when a message is stored in another way") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    add(*process.account, "INBOX", "the text");
    const auto view = std::move(*process.account->session(process.all)->select("INBOX", false));
    const auto locked = std::move(*process.account->session()->select("INBOX", false));
    CHECK(*view->read(SeqNum{1}, 0, 100) == "the text");
    process.seal(true);
    const auto go_on = [](std::uint64_t, std::uint64_t) { return true; };
    CHECK(process.account->reprocess(process.all, go_on)->rewritten == 1);
    CHECK(*view->read(SeqNum{1}, 4, 4) == "text");
    CHECK(code_of(locked->read(SeqNum{1}, 0, 100)) == Code::sealed);
    process.seal(false);
    CHECK(process.account->reprocess(process.all, go_on)->rewritten == 1);
    CHECK(*view->read(SeqNum{1}, 4, 4) == "text");
    CHECK(view->uid_at(SeqNum{1}) == Uid{1});
  }
}

TEST_CASE("padded messages have their exact size for who can open them") {
  const auto store = backends().front().make();
  SealedProcess process(*store, true);
  process.seal(true);
  const std::string text(1000, 'x');
  add(*process.account, "INBOX", text);
  CHECK(process.account->messages("INBOX", process.all.get())->at(0).body.octets == 1000);
  CHECK(process.account->messages("INBOX")->at(0).body.octets == 1024);
  const auto view = std::move(*process.account->session(process.all)->select("INBOX", false));
  CHECK(view->facts(SeqNum{1}).octets == 1000);
  CHECK(view->read(SeqNum{1}, 0, 5000)->size() == 1000);
  const auto locked = std::move(*process.account->session()->select("INBOX", false));
  CHECK(locked->facts(SeqNum{1}).octets == 1024);
  require_sound(*process.account);
  process.seal(false);
  CHECK(process.account->reprocess(process.all, [](auto, auto) { return true; })->rewritten == 1);
  CHECK(process.show("INBOX") == "1:0:" + text + " ");
  require_sound(*process.account);
}

TEST_CASE("what a search looks for is asked of the digest, for sealed messages only") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  add(*process.account, "INBOX", "Subject: one\r\n\r\nnothing\r\n");
  process.seal(true);
  add(*process.account, "INBOX", "Subject: The invoice\r\n\r\nplease pay 42 coins\r\n");
  const auto view = std::move(*process.account->session(process.all)->select("INBOX", false));
  CHECK(view->may_hold(SeqNum{1}, "elephant"));  // plain messages have none: they are read
  CHECK(view->may_hold(SeqNum{2}, "invoice"));
  CHECK(view->may_hold(SeqNum{2}, "42 coins"));
  CHECK(!view->may_hold(SeqNum{2}, "elephant"));
  CHECK(view->may_hold(SeqNum{2}, "el"));
  const auto locked = std::move(*process.account->session()->select("INBOX", false));
  CHECK(locked->may_hold(SeqNum{2}, "elephant"));
  require_sound(*process.account);
  // A copy has the same one; a digest that is damaged denies nothing.
  REQUIRE(view->copy(numbers({2}), "Archive"));
  const auto copy = std::move(*process.account->session(process.all)->select("Archive", false));
  CHECK(!copy->may_hold(SeqNum{1}, "elephant"));
  auto partition = std::move(*store->open(kAccount));
  const std::string key = keys::message(MailboxId{1}, Uid{2});
  auto row = decode_message((*partition->get(key))->value);
  REQUIRE(row);
  row->digest -= 1;
  REQUIRE(partition->commit(store::Batch().put(key, encode(*row))));
  const auto damaged = std::move(*process.account->session(process.all)->select("INBOX", false));
  CHECK(damaged->may_hold(SeqNum{2}, "elephant"));
  CHECK(*damaged->read(SeqNum{2}, 0, 12) == "Subject: The");
  CHECK(!problems_of(*process.account).empty());
}

TEST_CASE("messages of one minute share an encapsulation, later ones do not") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  const auto encapsulated = [&] {
    add(*process.account, "INBOX", "x");
    return process.account->messages("INBOX")->back().body.capsule.substr(22, 32);
  };
  const std::string first = encapsulated();
  CHECK(encapsulated() == first);
  process.clock.advance(std::chrono::seconds(60));
  const std::string second = encapsulated();
  CHECK(second != first);
  // Messages that began count, whether they are finished or not.
  for (int i = 0; i < 1022; ++i) REQUIRE(process.account->write_body());
  CHECK(encapsulated() == second);
  const std::string third = encapsulated();
  CHECK(third != second);
  process.begin_generation();
  CHECK(encapsulated() != third);
}

TEST_CASE("rows that were read ahead are forgotten when a message is stored in another way") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  process.seal(true);
  for (const char* body : {"one", "two", "three"}) add(*process.account, "INBOX", body);
  const auto session = process.account->session(process.all);
  const auto view = std::move(*session->select("INBOX", false));
  CHECK(*view->read(SeqNum{1}, 0, 10) == "one");  // reads the row of the next one too
  for (const bool sealed : {false, true}) {
    process.seal(sealed);
    REQUIRE(process.account->reprocess(process.all, [](auto, auto) { return true; })->rewritten == 3);
  }
  REQUIRE(view->poll(true));
  CHECK(*view->read(SeqNum{2}, 0, 10) == "two");
}

TEST_CASE("a padded message has its exact size when it is plain again, also without keys") {
  const auto store = backends().front().make();
  SealedProcess process(*store, true);
  process.seal(true);
  const std::string text(1000, 'x');
  add(*process.account, "INBOX", text);
  const auto told = std::move(*process.account->session()->select("INBOX", false));
  const auto late = std::move(*process.account->session()->select("INBOX", false));
  CHECK(told->facts(SeqNum{1}).octets == 1024);
  process.seal(false);
  REQUIRE(process.account->reprocess(process.all, [](auto, auto) { return true; })->rewritten == 1);
  REQUIRE(told->poll(true));
  CHECK(told->facts(SeqNum{1}).octets == 1000);
  CHECK(*told->read(SeqNum{1}, 0, 5000) == text);
  // The client was promised 1024 octets before it was found out: it gets none, and all the next time.
  CHECK(code_of(late->read(SeqNum{1}, 0, 1024)) == Code::corrupt);
  CHECK(late->facts(SeqNum{1}).octets == 1000);
  CHECK(*late->read(SeqNum{1}, 0, 1000) == text);
}

namespace {
constexpr View kLetter = "Subject: a letter\r\nFrom: a@b.example\r\n\r\nunmistakable words\r\n";

/// The summary of a message of a mailbox, as this login sees it; empty: none.
std::string summary_of(const SealedProcess& process, View mailbox, std::uint32_t number,
                       const std::shared_ptr<const vault::OpenKeys>& keys) {
  const auto session = process.account->session(keys);
  const auto view = std::move(*session->select(mailbox, true));
  return view->summary(SeqNum{number}).value_or("");
}

std::string envelope_of(const SealedProcess& process, View mailbox, std::uint32_t number) {
  const std::string octets = summary_of(process, mailbox, number, process.all);
  const auto summary = imap::Summary::parse(octets);
  return summary ? own(summary->envelope()) : "<none>";
}
constexpr View kEnvelope =
    "(NIL \"a letter\" ((NIL NIL \"a\" \"b.example\")) ((NIL NIL \"a\" \"b.example\")) ((NIL NIL \"a\" \"b.example\")) "
    "NIL NIL NIL NIL NIL)";

std::size_t summaries_in(store::Store& store) {
  const auto partition = std::move(*store.open(kAccount));
  std::size_t count = 0;
  REQUIRE(partition->scan("o/", "o0", [&](View, View, store::Revision) {
    ++count;
    return true;
  }));
  return count;
}
}  // namespace

TEST_CASE("every message has a summary, sealed where the message is, and it goes with the last copy") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    add(*process.account, "INBOX", kLetter);
    process.seal(true);
    auto append = std::move(*process.account->session(process.all)->append("INBOX"));
    REQUIRE(append->begin({}, std::nullopt));
    REQUIRE(append->announce(kLetter.size()));
    for (const char c : kLetter) REQUIRE(append->write(View(&c, 1)));
    REQUIRE(append->finish());
    CHECK(envelope_of(process, "INBOX", 1) == kEnvelope);
    CHECK(envelope_of(process, "INBOX", 2) == kEnvelope);
    CHECK(summary_of(process, "INBOX", 2, nullptr).empty());
    CHECK(summaries_in(*store) == 2);
    process.seal(false);
    const auto view = std::move(*process.account->session()->select("INBOX", false));
    REQUIRE(view->copy(numbers({1, 2}), "Archive"));
    CHECK(summaries_in(*store) == 2);  // copies share it
    REQUIRE(view->move(numbers({1, 2}), "Trash"));
    CHECK(summaries_in(*store) == 2);
    CHECK(envelope_of(process, "Archive", 2) == kEnvelope);
    CHECK(envelope_of(process, "Trash", 1) == kEnvelope);
    require_sound(*process.account);
    REQUIRE(process.account->remove("Archive", std::vector<Uid>{Uid{1}, Uid{2}}));
    CHECK(summaries_in(*store) == 2);
    REQUIRE(process.account->remove("Trash", std::vector<Uid>{Uid{1}}));
    CHECK(summaries_in(*store) == 1);
    REQUIRE(process.account->session()->remove("Trash"));
    CHECK(summaries_in(*store) == 0);
    require_sound(*process.account);
  }
}

TEST_CASE("mail that is stored anew gets a new summary, keeps its EMAILID and leaves nothing readable") {
  const auto store = backends().front().make();
  SealedProcess process(*store, true);
  add(*process.account, "INBOX", kLetter);
  add(*process.account, "INBOX", "another");
  const auto view = std::move(*process.account->session(process.all)->select("INBOX", false));
  const std::string id = view->facts(SeqNum{1}).email_id;
  CHECK(id.starts_with('M'));
  CHECK(view->facts(SeqNum{2}).email_id != id);
  REQUIRE(view->copy(numbers({1}), "Archive"));
  process.seal(true);
  const auto go_on = [](std::uint64_t, std::uint64_t) { return true; };
  CHECK(process.account->reprocess(process.all, go_on)->rewritten == 3);
  CHECK(everything(*store).find("letter") == std::string::npos);
  CHECK(everything(*store).find("unmistakable") == std::string::npos);
  CHECK(summaries_in(*store) == 2);
  for (const View mailbox : {"INBOX", "Archive"}) {
    const auto now = std::move(*process.account->session(process.all)->select(mailbox, true));
    CHECK(now->facts(SeqNum{1}).email_id == id);
    CHECK(envelope_of(process, mailbox, 1) == kEnvelope);
  }
  CHECK(view->summary(SeqNum{1}).has_value());  // an open view finds nothing, or the new one
  process.seal(false);
  CHECK(process.account->reprocess(process.all, go_on)->rewritten == 3);
  const auto now = std::move(*process.account->session()->select("INBOX", true));
  CHECK(now->facts(SeqNum{1}).email_id == id);
  CHECK(envelope_of(process, "INBOX", 1) == kEnvelope);
  require_sound(*process.account);
}

TEST_CASE("a copy that is stored in another way has the EMAILID of its original, and its own save date") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  add(*process.account, "INBOX", kLetter);
  const WallTime before = process.clock.wall();
  process.seal(true);
  process.clock.advance(std::chrono::hours(1));
  const auto view = std::move(*process.account->session(process.all)->select("INBOX", false));
  REQUIRE(view->copy(numbers({1}), "Archive"));
  const auto copy = std::move(*process.account->session(process.all)->select("Archive", false));
  CHECK(copy->facts(SeqNum{1}).email_id == view->facts(SeqNum{1}).email_id);
  CHECK(view->facts(SeqNum{1}).save_date == before);
  CHECK(copy->facts(SeqNum{1}).save_date == process.clock.wall());
}

TEST_CASE("going through a mailbox finds every summary, also where some are missing") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    SealedProcess process(*store);
    for (int i = 0; i < 300; ++i) add(*process.account, "INBOX", "Subject: " + std::to_string(i) + "\r\n\r\nx");
    const auto partition = std::move(*store->open(kAccount));
    std::vector<std::string> rows;
    REQUIRE(partition->scan("o/", "o0", [&](View key, View, store::Revision) {
      rows.push_back(own(key));
      return true;
    }));
    REQUIRE(rows.size() == 300);
    REQUIRE(partition->commit(store::Batch().erase(rows[4]).erase(rows[99])));
    for (int round = 0; round < 2; ++round) {
      const auto view = std::move(*process.account->session()->select("INBOX", true));
      std::size_t missing = 0;
      for (std::uint32_t n = 1; n <= view->exists(); ++n) {
        const std::string octets = *view->summary(SeqNum{n});
        const auto summary = imap::Summary::parse(octets);
        if (!summary) {
          ++missing;
          continue;
        }
        CHECK(own(summary->envelope()).find("\"" + std::to_string(n - 1) + "\"") != std::string::npos);
      }
      CHECK(missing == 2);
    }
  }
}

TEST_CASE("octets of deleted messages are counted") {
  const auto store = backends().front().make();
  SealedProcess process(*store);
  for (const char* body : {"one", "three", "x"}) add(*process.account, "INBOX", body);
  const auto session = process.account->session();
  const auto view = std::move(*session->select("INBOX", false));
  CHECK(session->status("INBOX")->deleted_octets == 0);
  const imap::Flags deleted = flags_of({imap::SystemFlag::deleted});
  REQUIRE(view->store_flags(numbers({1, 2}), imap::FlagChange::add, deleted, {}));
  CHECK(session->status("INBOX")->deleted_octets == 8);
  CHECK(view->status().deleted_octets == 8);
  REQUIRE(view->store_flags(numbers({1}), imap::FlagChange::remove, deleted, {}));
  CHECK(session->status("INBOX")->deleted_octets == 5);
  // A row that was written before they were counted.
  const auto partition = std::move(*store->open(kAccount));
  const std::string key = keys::mailbox(MailboxId{1});
  auto row = *decode_mailbox((*partition->get(key))->value);
  CHECK(row.deleted_octets == std::optional<std::uint64_t>(5));
  row.deleted_octets.reset();
  REQUIRE(partition->commit(store::Batch().put(key, encode(row))));
  process.open();
  CHECK(process.account->session()->status("INBOX")->deleted_octets == 5);
  require_sound(*process.account);
  REQUIRE(process.account->remove("INBOX", std::vector<Uid>{Uid{2}}));
  CHECK(decode_mailbox((*partition->get(key))->value)->deleted_octets == std::optional<std::uint64_t>(0));
  require_sound(*process.account);
}
