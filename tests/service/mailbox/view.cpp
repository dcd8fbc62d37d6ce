#include "service/mailbox/view.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::FlagChange;
using imap::SeqNum;
using imap::SystemFlag;

namespace {

struct TwoSessions {
  explicit TwoSessions(store::Store& store, const Limits& limits = {})
      : process(store, {}, limits), first(process.account->session()), second(process.account->session()) {}
  void select() {
    one = std::move(*first->select("INBOX", false));
    two = std::move(*second->select("INBOX", false));
  }
  Process process;
  std::unique_ptr<imap::Mailboxes> first;
  std::unique_ptr<imap::Mailboxes> second;
  std::unique_ptr<imap::SelectedMailbox> one;
  std::unique_ptr<imap::SelectedMailbox> two;
};

/// Whether the view falls silent: an engine may tell of a commit a little later, without a change behind it.
bool settles(imap::SelectedMailbox& view) {
  for (int i = 0; i < 200 && view.changed(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const auto changes = view.poll(true);
    if (!changes || !changes->empty()) return false;
  }
  return !view.changed();
}

std::string uids(const imap::SelectedMailbox& view) {
  std::string text;
  for (std::uint32_t i = 1; i <= view.exists(); ++i)
    text += (i > 1 ? " " : "") + std::to_string(view.uid_at(SeqNum{i}).value());
  return text;
}

}  // namespace

TEST_CASE("a poll that fails in the middle leaves all of its news for the next one") {
  for (std::uint64_t n = 1;; ++n) {
    const auto inner = store::make_memory_store();
    posthorn::testing::FaultyStore store(*inner);
    TwoSessions test(store);
    add(*test.process.account, "INBOX", "one");
    test.select();
    add(*test.process.account, "INBOX", "two", flags_of({}, {"new"}));
    store.fail_at(n, environment_error(Code::unavailable));
    auto changes = test.one->poll(true);
    const bool failed = store.failed();
    CHECK(changes.has_value() == !failed);
    if (!changes) {
      CHECK(test.one->exists() == 1);
      CHECK(test.one->changed());
      changes = test.one->poll(true);
    }
    REQUIRE(changes.has_value());
    REQUIRE(changes->size() == 1);
    CHECK(changes->at(0).kind == imap::Change::Kind::exists);
    CHECK(changes->at(0).number == SeqNum{2});
    CHECK(test.one->facts(SeqNum{2}).flags.keywords == std::vector<std::string>{"new"});
    if (!failed) break;
  }
}

TEST_CASE("new messages of others come with a poll and not before") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    TwoSessions test(*store);
    add(*test.process.account, "INBOX", "one");
    test.select();
    CHECK(test.one->exists() == 1);
    CHECK(settles(*test.one));
    add(*test.process.account, "INBOX", "two", flags_of({}, {"new"}));
    CHECK(test.one->changed());
    CHECK(test.one->exists() == 1);
    CHECK(text_of(*test.one->poll(false)) == "X2");
    CHECK(test.one->facts(SeqNum{2}).flags.keywords == std::vector<std::string>{"new"});
    CHECK(test.one->keywords() == std::vector<std::string>{"new"});
    CHECK(text_of(*test.one->poll(true)).empty());
    CHECK(settles(*test.one));
    CHECK(test.one->status().uid_next.value() == 3);
  }
}

TEST_CASE("own flag changes show at once and are not reported; others hear of them") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    TwoSessions test(*store);
    for (const char* body : {"a", "b", "c"}) add(*test.process.account, "INBOX", body);
    test.select();
    CHECK(test.one->store_flags(numbers({1, 3}), FlagChange::add, flags_of({SystemFlag::seen}, {"$Tag"}), {})->empty());
    CHECK(test.one->facts(SeqNum{1}).flags == flags_of({SystemFlag::seen}, {"$Tag"}));
    CHECK(test.one->status().unseen == 1);
    CHECK(text_of(*test.one->poll(true)).empty());
    CHECK(test.two->changed());
    CHECK(test.two->facts(SeqNum{1}).flags == imap::Flags());
    CHECK(text_of(*test.two->poll(false)) == "F1 F3");
    CHECK(test.two->facts(SeqNum{3}).flags == flags_of({SystemFlag::seen}, {"$Tag"}));
    CHECK(test.two->facts(SeqNum{3}).modseq == test.one->facts(SeqNum{3}).modseq);
    CHECK(test.two->store_flags(numbers({1}), FlagChange::replace, flags_of({SystemFlag::draft}, {"b", "A"}), {})
              .has_value());
    CHECK(test.two->facts(SeqNum{1}).flags == flags_of({SystemFlag::draft}, {"A", "b"}));
    CHECK(test.two->store_flags(numbers({1}), FlagChange::remove, flags_of({SystemFlag::draft}, {"a", "none"}), {})
              .has_value());
    CHECK(test.two->facts(SeqNum{1}).flags == flags_of({}, {"b"}));
    CHECK(test.two->keywords() == std::vector<std::string>{"$Tag", "b", "A"});
    require_sound(*test.process.account);
  }
}

TEST_CASE("a change that meets another one is reported whole") {
  const auto store = store::make_memory_store();
  TwoSessions test(*store);
  add(*test.process.account, "INBOX", "a");
  test.select();
  CHECK(test.one->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::flagged}), {}).has_value());
  CHECK(test.two->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::seen}), {}).has_value());
  CHECK(test.two->facts(SeqNum{1}).flags == flags_of({SystemFlag::flagged, SystemFlag::seen}));
  CHECK(text_of(*test.two->poll(false)) == "F1");
  CHECK(text_of(*test.two->poll(false)).empty());
}

TEST_CASE("a change of nothing changes no modseq; unchanged_since leaves alone what is newer") {
  const auto store = store::make_memory_store();
  TwoSessions test(*store);
  for (const char* body : {"a", "b"}) add(*test.process.account, "INBOX", body, flags_of({SystemFlag::seen}));
  test.select();
  const auto before = test.first->status("INBOX")->highest_modseq;
  CHECK(test.one->store_flags(numbers({1, 2}), FlagChange::add, flags_of({SystemFlag::seen}), {}).has_value());
  CHECK(test.first->status("INBOX")->highest_modseq == before);
  CHECK(test.two->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::answered}), {}).has_value());
  const auto left = test.one->store_flags(numbers({1, 2}), FlagChange::add, flags_of({SystemFlag::flagged}), before);
  REQUIRE(left.has_value());
  CHECK(*left == std::vector<imap::Uid>{imap::Uid{1}});
  CHECK(test.one->facts(SeqNum{2}).flags.has(SystemFlag::flagged));
  CHECK(test.first->status("INBOX")->highest_modseq.value() > before.value());
}

TEST_CASE("removed messages keep their numbers until expunges may be told") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    TwoSessions test(*store);
    for (const char* body : {"a", "b", "c", "d"}) add(*test.process.account, "INBOX", body);
    test.select();
    CHECK(test.one->store_flags(numbers({1, 3}), FlagChange::add, flags_of({SystemFlag::deleted}), {}).has_value());
    CHECK(text_of(*test.one->expunge(nullptr)) == "E3 E1");
    CHECK(uids(*test.one) == "2 4");
    CHECK(text_of(*test.two->poll(false)).empty());
    CHECK(test.two->exists() == 4);
    CHECK(test.two->changed());
    CHECK(code_of(test.two->read(SeqNum{1}, 0, 10)) == Code::not_found);
    CHECK(*test.two->read(SeqNum{2}, 0, 10) == "b");
    CHECK(test.two->store_flags(numbers({1, 2}), FlagChange::add, flags_of({SystemFlag::seen}), {}).has_value());
    add(*test.process.account, "INBOX", "e");
    CHECK(text_of(*test.two->poll(false)) == "X5");
    CHECK(text_of(*test.two->poll(true)) == "E3 E1");
    CHECK(uids(*test.two) == "2 4 5");
    CHECK(test.two->number_of(imap::Uid{4}) == SeqNum{2});
    CHECK_FALSE(test.two->number_of(imap::Uid{3}).has_value());
    CHECK(test.two->lower_bound(imap::Uid{3}) == SeqNum{2});
    CHECK(test.two->lower_bound(imap::Uid{9}) == SeqNum{4});
    require_sound(*test.process.account);
  }
}

TEST_CASE("EXPUNGE takes what is deleted, UID EXPUNGE only what it names") {
  const auto store = store::make_memory_store();
  TwoSessions test(*store);
  for (const char* body : {"a", "b", "c", "d"}) add(*test.process.account, "INBOX", body);
  test.select();
  CHECK(test.two->store_flags(numbers({1, 2, 3}), FlagChange::add, flags_of({SystemFlag::deleted}), {}).has_value());
  CHECK(test.two->store_flags(numbers({2}), FlagChange::remove, flags_of({SystemFlag::deleted}), {}).has_value());
  const std::vector<imap::Uid> only{imap::Uid{2}, imap::Uid{3}, imap::Uid{4}, imap::Uid{77}};
  CHECK(text_of(*test.one->expunge(&only)) == "E3");
  CHECK(text_of(*test.one->expunge(nullptr)) == "E1");
  CHECK(uids(*test.one) == "2 4");
  require_sound(*test.process.account);
}

TEST_CASE("COPY shares bodies, which live as long as one message") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    TwoSessions test(*store);
    for (const char* body : {"a", "b"}) add(*test.process.account, "INBOX", body, flags_of({SystemFlag::seen}, {"$T"}));
    test.select();
    for (int i = 0; i < 2; ++i) {
      const auto outcome = test.one->copy(numbers({2, 1}), "archive");
      CHECK(code_of(outcome) == Code::not_found);
      const auto copied = test.one->copy(numbers({2, 1}), "Archive");
      REQUIRE(copied.has_value());
      CHECK(copied->source == std::vector<imap::Uid>{imap::Uid{1}, imap::Uid{2}});
      CHECK(copied->target.front().value() == 2U * static_cast<unsigned>(i) + 1);
      CHECK(copied->uid_validity == test.first->status("Archive")->uid_validity);
    }
    const auto same = test.one->copy(numbers({1}), "inbox");
    REQUIRE(same.has_value());
    CHECK(same->target == std::vector<imap::Uid>{imap::Uid{3}});
    CHECK(text_of(*test.one->poll(true)) == "X3");
    CHECK(contents(*test.process.account, "Archive") == "1:1,$T:a\n2:1,$T:b\n3:1,$T:a\n4:1,$T:b\n");
    require_sound(*test.process.account);
    const std::vector<imap::Uid> some{imap::Uid{1}, imap::Uid{2}, imap::Uid{3}};
    CHECK(test.process.account->remove("INBOX", some).has_value());
    require_sound(*test.process.account);
    CHECK(contents(*test.process.account, "Archive") == "1:1,$T:a\n2:1,$T:b\n3:1,$T:a\n4:1,$T:b\n");
    CHECK(test.process.account->remove("Archive", some).has_value());
    require_sound(*test.process.account);
    CHECK(contents(*test.process.account, "Archive") == "4:1,$T:b\n");
  }
}

TEST_CASE("MOVE is one step: gone here, there in the target, and others hear of both") {
  for (const Backend& backend : backends()) {
    const auto store = backend.make();
    TwoSessions test(*store);
    for (const char* body : {"a", "b", "c"}) add(*test.process.account, "INBOX", body, flags_of({}, {"$T"}));
    test.select();
    const auto moved = test.one->move(numbers({1, 3}), "Trash");
    REQUIRE(moved.has_value());
    CHECK(text_of(moved->second) == "E3 E1");
    CHECK(moved->first.source == std::vector<imap::Uid>{imap::Uid{1}, imap::Uid{3}});
    CHECK(contents(*test.process.account, "Trash") == "1:0,$T:a\n2:0,$T:c\n");
    CHECK(text_of(*test.two->poll(true)) == "E3 E1");
    const auto same = test.one->move(numbers({1}), "INBOX");
    REQUIRE(same.has_value());
    CHECK(text_of(same->second) == "E1");
    CHECK(text_of(*test.one->poll(true)) == "X1");
    CHECK(text_of(*test.two->poll(true)) == "E1 X1");
    CHECK(uids(*test.two) == "4");
    CHECK(code_of(test.one->move(numbers({1}), "none")) == Code::not_found);
    require_sound(*test.process.account);
  }
}

TEST_CASE("quota stops COPY and not MOVE") {
  const auto store = store::make_memory_store();
  Process process(*store, Quota{8, 0});
  add(*process.account, "INBOX", "12345");
  const auto session = process.account->session();
  const auto view = *session->select("INBOX", false);
  CHECK(code_of(view->copy(numbers({1}), "Sent")) == Code::over_quota);
  CHECK(view->move(numbers({1}), "Sent").has_value());
  require_sound(*process.account);
}

TEST_CASE("a read-only view changes nothing, and a mailbox that goes away is not found") {
  const auto store = store::make_memory_store();
  TwoSessions test(*store);
  add(*test.process.account, "Sent", "a");
  const auto view = *test.first->select("Sent", true);
  CHECK(view->read_only());
  CHECK(code_of(view->store_flags(numbers({1}), FlagChange::add, flags_of({SystemFlag::seen}), {})) == Code::denied);
  CHECK(code_of(view->expunge(nullptr)) == Code::denied);
  CHECK(code_of(view->move(numbers({1}), "INBOX")) == Code::denied);
  CHECK(view->copy(numbers({1}), "INBOX").has_value());
  CHECK(test.second->remove("Sent").has_value());
  CHECK(view->changed());
  CHECK(code_of(view->poll(true)) == Code::not_found);
  CHECK(view->exists() == 1);
}

TEST_CASE("a view that slept through more than the log remembers catches up by reading everything") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.log_rows = 4;
  TwoSessions test(*store, limits);
  for (int i = 0; i < 40; ++i) add(*test.process.account, "INBOX", "m" + std::to_string(i));
  test.select();
  for (std::uint32_t i = 1; i <= 20; ++i) {
    CHECK(test.two->store_flags(numbers({i}), FlagChange::add, flags_of({SystemFlag::deleted}), {}).has_value());
    if (i % 2 == 0) CHECK(test.process.account->remove("INBOX", std::vector<imap::Uid>{imap::Uid{i}}).has_value());
  }
  add(*test.process.account, "INBOX", "late");
  require_sound(*test.process.account);
  const auto partition = *store->open(kAccount);
  int rows = 0;
  CHECK(partition
            ->scan(keys::kLog, store::after_prefix(keys::kLog), [&](View, View, store::Revision) { return ++rows > 0; })
            .has_value());
  CHECK(rows <= 5);
  const auto changes = *test.one->poll(true);
  CHECK(text_of(changes) == "E20 E18 E16 E14 E12 E10 E8 E6 E4 E2 X31 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10");
}

namespace {
std::string picture(const imap::SelectedMailbox& view) {
  std::string text = std::to_string(view.status().unseen) + "/" + std::to_string(view.status().deleted) + "/" +
                     std::to_string(view.status().octets) + "/" + std::to_string(view.status().uid_next.value()) + "/" +
                     std::to_string(view.status().highest_modseq.value());
  for (std::uint32_t i = 1; i <= view.exists(); ++i) {
    const imap::MessageFacts& facts = view.facts(SeqNum{i});
    text += "\n" + std::to_string(facts.uid.value()) + ":" + std::to_string(facts.flags.system) + ":" +
            std::to_string(facts.modseq.value()) + ":" + std::to_string(facts.octets) + ":" + facts.email_id;
    for (const std::string& word : facts.flags.keywords) text += "," + word;
  }
  return text;
}
}  // namespace

TEST_CASE("a mailbox that was selected before is found as it is now, and nothing of the past is told") {
  for (const std::uint32_t log_rows : {4'096U, 2U}) {  // with few rows the whole mailbox has to be read again
    const auto store = store::make_memory_store();
    Limits limits;
    limits.log_rows = log_rows;
    Process process(*store, {}, limits);
    for (int i = 0; i < 700; ++i) add(*process.account, "INBOX", "text" + std::to_string(i));
    const auto session = process.account->session();
    const auto early = std::move(*session->select("INBOX", false));
    const std::string before = picture(*early);
    Process other(*store, {}, limits);  // another process: what it changes reaches the first one by the store alone
    const auto elsewhere = other.account->session();
    const auto theirs = std::move(*elsewhere->select("INBOX", false));
    REQUIRE(theirs->store_flags(numbers({1, 300, 700}), FlagChange::add, flags_of({SystemFlag::deleted}), {}));
    REQUIRE(theirs->expunge(nullptr));
    REQUIRE(theirs->store_flags(numbers({2, 5}), FlagChange::add, flags_of({SystemFlag::seen}, {"k"}), {}));
    add(*other.account, "INBOX", "late", flags_of({}, {"k", "l"}));

    const auto later = std::move(*session->select("INBOX", false));
    Process fresh(*store, {}, limits);
    const auto reader = fresh.account->session();
    CHECK(picture(*later) == picture(**reader->select("INBOX", false)));
    CHECK(text_of(*later->poll(true)).empty());
    CHECK(picture(*early) == before);
    CHECK(text_of(*early->poll(true)).starts_with("E700 E300 E1 X698"));
    CHECK(picture(*early) == picture(*later));
    CHECK(picture(**session->select("INBOX", true)) == picture(*later));
  }
}

TEST_CASE("a mailbox with the name of one that is gone has nothing of it") {
  const auto store = store::make_memory_store();
  Process process(*store);
  const auto session = process.account->session();
  REQUIRE(session->create("Box", imap::SpecialUse::none));
  add(*process.account, "Box", "old");
  CHECK((*session->select("Box", false))->exists() == 1);
  REQUIRE(session->remove("Box"));
  REQUIRE(session->create("Box", imap::SpecialUse::none));
  CHECK((*session->select("Box", false))->exists() == 0);
}

TEST_CASE("facts take 48 octets for each message") { CHECK(sizeof(Records::Record) <= 48); }

namespace {

/// What a client believes, from the answers and reports that it gets.
struct Client {
  std::unique_ptr<imap::Mailboxes> session;
  std::unique_ptr<imap::SelectedMailbox> view;
  std::vector<std::pair<std::uint32_t, imap::Flags>> believed;  // uid, flags

  void read(std::size_t from) {
    for (std::size_t i = from; i < view->exists(); ++i) {
      const imap::MessageFacts& facts = view->facts(SeqNum{static_cast<std::uint32_t>(i + 1)});
      believed.emplace_back(facts.uid.value(), facts.flags);
    }
  }
  void hear(const std::vector<imap::Change>& changes) {
    for (const imap::Change& change : changes) {
      const std::size_t index = change.number.value() - 1;
      if (change.kind == imap::Change::Kind::expunged) {
        REQUIRE(index < believed.size());
        REQUIRE(believed[index].first == change.uid.value());
        believed.erase(believed.begin() + static_cast<std::ptrdiff_t>(index));
      } else if (change.kind == imap::Change::Kind::exists) {
        const std::size_t before = believed.size();
        REQUIRE(change.number.value() == view->exists());
        read(before);
      } else {
        REQUIRE(believed[index].first == change.uid.value());
        believed[index].second = view->facts(change.number).flags;
      }
    }
  }
  std::vector<SeqNum> some(testing::SeededRandom& random) const {
    std::vector<SeqNum> picked;
    for (std::uint32_t i = 1; i <= view->exists(); ++i) {
      if (random.number() % 4 == 0) picked.push_back(SeqNum{i});
    }
    return picked;
  }
};

std::uint64_t roll(testing::SeededRandom& random, std::uint64_t sides) { return random.number() % sides; }

imap::Flags random_flags(testing::SeededRandom& random) {
  imap::Flags flags;
  flags.system = static_cast<std::uint8_t>(roll(random, 32));
  for (const char* word : {"$a", "C", "b"}) {
    if (roll(random, 3) == 0) flags.keywords.push_back(word);
  }
  return flags;
}

imap::Flags applied(imap::Flags old, FlagChange change, const imap::Flags& flags) {
  if (change == FlagChange::replace) return flags;
  for (const std::string& word : flags.keywords) {
    std::erase(old.keywords, word);
    if (change == FlagChange::add) old.keywords.push_back(word);
  }
  std::sort(old.keywords.begin(), old.keywords.end());
  old.system =
      static_cast<std::uint8_t>(change == FlagChange::add ? old.system | flags.system : old.system & ~flags.system);
  return old;
}

using Truth = std::map<std::uint32_t, imap::Flags>;  // by uid: the mailbox as the simplest model has it

void store_some(Client& client, Truth& truth, testing::SeededRandom& random) {
  const auto change = static_cast<FlagChange>(roll(random, 3));
  const imap::Flags flags = random_flags(random);
  const std::vector<SeqNum> picked = client.some(random);
  REQUIRE(client.view->store_flags(picked, change, flags, {}).has_value());
  for (const SeqNum number : picked) {
    auto& [uid, believed] = client.believed[number.value() - 1];
    const auto real = truth.find(uid);
    if (real == truth.end()) continue;
    real->second = applied(real->second, change, flags);
    believed = applied(believed, change, flags);  // as a client with STORE .SILENT believes
  }
}

void remove_some(Client& client, Truth& truth, testing::SeededRandom& random) {
  std::vector<imap::Change> changes;
  if (roll(random, 2) == 0) {
    const auto moved = client.view->move(client.some(random), "Trash");
    REQUIRE(moved.has_value());
    changes = moved->second;
    for (const imap::Uid uid : moved->first.source) CHECK(truth.erase(uid.value()) == 1);
  } else {
    const auto expunged = client.view->expunge(nullptr);
    REQUIRE(expunged.has_value());
    changes = *expunged;
    for (const imap::Change& change : changes) {
      const auto real = truth.find(change.uid.value());
      if (real == truth.end()) continue;  // removed by somebody else
      CHECK(real->second.has(SystemFlag::deleted));
      truth.erase(real);
    }
  }
  client.hear(changes);
}

/// Random work of three clients in two processes; each client's picture is right whenever it has polled.
void run_model(store::Store& store, std::uint64_t seed, int steps) {
  CAPTURE(seed);
  testing::SeededRandom random(seed);
  Limits limits;
  limits.log_rows = seed % 3 == 0 ? 2 : 4096;
  Process process(store, {}, limits);
  Process elsewhere(store, {}, limits);
  std::vector<Client> clients(3);
  Truth truth;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].session = (i == 2 ? elsewhere : process).account->session();
    clients[i].view = std::move(*clients[i].session->select("INBOX", false));
  }
  for (int step = 0; step < steps; ++step) {
    Client& client = clients[roll(random, clients.size())];
    switch (roll(random, 8)) {
      case 0:
      case 1: {
        const imap::Flags flags = random_flags(random);
        Account& account = *(roll(random, 2) == 0 ? process : elsewhere).account;
        truth[add(account, "INBOX", "body " + std::to_string(step), flags)] = flags;
        break;
      }
      case 2:
      case 3: store_some(client, truth, random); break;
      case 4:
        if (roll(random, 3) == 0) remove_some(client, truth, random);
        break;
      case 5: {
        if (truth.size() > 40) break;
        const auto copied = client.view->copy(client.some(random), "INBOX");
        REQUIRE(copied.has_value());
        for (std::size_t i = 0; i < copied->source.size(); ++i) {
          truth[copied->target[i].value()] = truth.at(copied->source[i].value());
        }
        break;
      }
      default: client.hear(*client.view->poll(roll(random, 2) == 0)); break;
    }
    REQUIRE(client.view->exists() == client.believed.size());
  }
  for (Client& client : clients) {
    client.hear(*client.view->poll(true));
    CHECK(settles(*client.view));
    REQUIRE(client.believed.size() == truth.size());
    std::size_t at = 0;
    for (const auto& [uid, flags] : truth) {
      CHECK(client.believed[at].first == uid);
      CHECK(client.believed[at].second == flags);
      CHECK(client.view->facts(SeqNum{static_cast<std::uint32_t>(at + 1)}).flags == flags);
      ++at;
    }
  }
  require_sound(*process.account);
}

}  // namespace

TEST_CASE("three clients in two processes do random work and end with the same picture as the simplest model") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    for (std::uint64_t seed = 1; seed <= (backend.fast ? 150U : 12U); ++seed) {
      const auto store = backend.make();
      run_model(*store, seed, 120);
    }
  }
}
