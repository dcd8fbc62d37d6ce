#include "stress/run.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "posthorn/io/system.h"
#include "posthorn/io/worker.h"
#include "posthorn/service/store/sqlite.h"
#include "posthorn/testing/faulty_store.h"

#include "service/roles/fakes.h"
#include "stress/client.h"
#include "stress/loop.h"

namespace posthorn::stress {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLoops = 4;
constexpr auto kPatience = 150s;  // for all clients to get through one phase
const directory::AccountId kAccount{77};

Complain telling(Problems& problems, const std::string& who) {
  return [&problems, who](const std::string& what) { problems.add(who, what); };
}

/// The mail as it lies in the store.
class Mail {
 public:
  Mail(store::Store& store, const Clock& clock) : accounts_(mailbox::Accounts::make(store, clock)) {}
  [[nodiscard]] mailbox::Accounts& accounts() { return *accounts_; }

  bool open(const Complain& complain) {
    auto opened = accounts_->open(kAccount, {});
    if (opened) account_ = std::move(*opened);
    if (!opened) complain("cannot be opened: " + opened.error().note);
    return opened.has_value();
  }
  bool make_mailboxes(const Complain& complain) {
    if (!account_->provision()) complain("cannot be provisioned");
    const auto session = account_->session();
    for (const View name : kMailboxes) {
      if (name == "INBOX") continue;
      if (const auto made = session->create(name, imap::SpecialUse::none); !made) complain("no mailbox " + own(name));
    }
    return true;
  }
  std::vector<Held> read(std::size_t box, const Complain& complain) {
    std::vector<Held> held;
    const auto messages = account_->messages(kMailboxes.at(box));
    if (!messages) complain(own(kMailboxes.at(box)) + " cannot be read: " + messages.error().note);
    if (!messages) return held;
    const auto reader = account_->reader();
    for (const mailbox::StoredMessage& message : *messages) {
      const auto content = reader->read(message.body, 0, message.body.octets);
      if (!content) complain(name_of(Place{box, message.uid.value()}) + " has no content: " + content.error().note);
      held.push_back({message.uid.value(), words_of(message.flags), content.value_or("")});
    }
    return held;
  }
  std::optional<std::uint32_t> append(std::size_t box, Letter letter) {
    const std::string content = content_of(letter);
    const auto session = account_->session();
    auto append = session->append(kMailboxes.at(box));
    const bool done = append && (*append)->begin({}, std::nullopt) && (*append)->announce(content.size()) &&
                      (*append)->write(content);
    if (!done) return std::nullopt;
    const auto outcome = (*append)->finish();
    if (!outcome) return std::nullopt;
    return outcome->uids.at(0).value();
  }
  void check(const Complain& complain) {
    const auto checked = account_->check([&](View problem) { complain(own(problem)); });
    if (!checked) complain("cannot be checked: " + checked.error().note);
  }

 private:
  std::unique_ptr<mailbox::Accounts> accounts_;
  std::shared_ptr<mailbox::Account> account_;
};

/// Makes the store fail now and then until it ends.
class Trouble {
 public:
  Trouble(posthorn::testing::FaultyStore& store, std::uint64_t seed) : store_(store), dice_(seed) {}
  void make() {
    const Error error = environment_error(dice_.one_in(3) ? Code::no_space : Code::unavailable, "on purpose");
    switch (dice_.roll(4)) {
      case 0: store_.lose_commit(1 + dice_.roll(5), error); break;
      case 1:
        store_.fail_commits(error);
        std::this_thread::sleep_for(1ms * (1 + dice_.roll(5)));
        store_.fail_commits(std::nullopt);
        break;
      default: store_.fail_at(1 + dice_.roll(50), error); break;
    }
    std::this_thread::sleep_for(1ms * (1 + dice_.roll(10)));
  }
  void end() {
    store_.fail_commits(std::nullopt);
    store_.fail_at(0, {});
    store_.lose_commit(0, {});
  }

 private:
  posthorn::testing::FaultyStore& store_;
  Dice dice_;
};

class Run {
 public:
  Run(const RunOptions& options, store::Store& store)
      : options_(options),
        faulty_(store),
        mail_(faulty_, clock_),
        services_{directory_, guard_, mail_.accounts(), delivery_, observer_, clock_, random_},
        site_{services_, ledger_, problems_, stage_, options.faults},
        complain_(telling(problems_, "the store")) {
    directory_.accounts[own(kLogin)] = {.id = kAccount, .address = own(kLogin)};
    directory_.verifier.add(own(kLogin), own(kPassword));
  }

  /// @returns the inconsistencies
  std::size_t operator()();
  [[nodiscard]] const Stage& stage() const { return stage_; }

 private:
  void act();
  bool pass(Phase phase);
  void take_stock();
  void wake_idlers();
  void compare();

  const RunOptions& options_;
  io::SystemClock clock_;
  io::SystemRandom random_;
  posthorn::testing::FaultyStore faulty_;
  Mail mail_;
  roles::testing::FakeDirectory directory_;
  directory::LoginGuard guard_;
  roles::testing::FakeDelivery delivery_;
  journal::NullObserver observer_;
  roles::Services services_;
  Ledger ledger_;
  Problems problems_;
  Stage stage_;
  Site site_;
  Complain complain_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

bool Run::pass(Phase phase) {
  stage_.arrived = 0;
  stage_.phase = phase;
  for (const auto& loop : loops_) loop->wake_all();
  const TimePoint limit = clock_.now() + kPatience;
  while (stage_.arrived < clients_.size()) {
    if (clock_.now() > limit) {
      problems_.add("the run", std::to_string(clients_.size() - stage_.arrived) + " clients are stuck in phase " +
                                   std::to_string(static_cast<int>(phase)));
      return false;
    }
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

void Run::act() {
  const TimePoint end = clock_.now() + std::chrono::seconds(options_.seconds);
  Trouble trouble(faulty_, options_.seed);
  while (clock_.now() < end) {
    if (options_.faults) trouble.make();
    if (!options_.faults) std::this_thread::sleep_for(20ms);
  }
  trouble.end();
}

void Run::take_stock() {
  for (std::size_t box = 0; box < kMailboxes.size(); ++box) stage_.held.at(box) = mail_.read(box, complain_);
}

void Run::wake_idlers() {
  for (std::size_t box = 0; box < kMailboxes.size(); ++box) {
    const Letter letter{options_.clients + 1, static_cast<std::uint32_t>(box) + 1};
    ledger_.sending({&letter, 1});
    const Floor floor = ledger_.floor(box);
    const auto uid = mail_.append(box, letter);
    if (!uid) complain_("cannot append");
    if (uid) ledger_.arrived(box, {&*uid, 1}, {&letter, 1}, {}, floor, complain_);
  }
}

void Run::compare() {
  for (std::size_t box = 0; box < kMailboxes.size(); ++box) {
    ledger_.close(box, stage_.held.at(box), complain_);
    for (const auto& client : clients_) client->close(box, stage_.held.at(box));
  }
  ledger_.count(complain_);
  mail_.check(complain_);
}

std::size_t Run::operator()() {
  if (!mail_.open(complain_) || !mail_.make_mailboxes(complain_)) return problems_.count();
  auto worker = std::make_unique<io::Worker>();
  for (std::size_t i = 0; i < kLoops; ++i) loops_.push_back(std::make_unique<Loop>(*worker, clock_));
  for (std::uint32_t i = 0; i < options_.clients; ++i) {
    clients_.push_back(std::make_unique<Client>(site_, i, options_.seed));
    loops_[i % kLoops]->add(*clients_.back());
  }
  for (const auto& loop : loops_) loop->start();
  act();
  bool well = pass(Phase::quiet) && pass(Phase::agreeing);
  if (well) take_stock();
  well = well && pass(Phase::comparing) && pass(Phase::idling);
  if (well) wake_idlers();
  well = well && pass(Phase::waking);
  // A client that is stuck may still be at work: then nothing can be taken down.
  if (!pass(Phase::over)) std::_Exit(1);
  worker.reset();
  loops_.clear();
  if (well) take_stock();
  if (well) compare();
  std::uint64_t answered = 0;
  for (const auto& client : clients_) answered += client->answered();
  std::printf("%llu commands; %s; the store had %llu operations\n", static_cast<unsigned long long>(answered),
              ledger_.summary().c_str(), static_cast<unsigned long long>(faulty_.operations()));
  return problems_.count();
}

/// What another process reads after the server has ended.
std::size_t reopen(const store::SqliteOptions& options, const Stage& stage) {
  Problems problems;
  const Complain complain = telling(problems, "the store, opened again");
  const auto store = store::open_sqlite_store(options);
  if (!store) {
    complain(store.error().note);
    return problems.count();
  }
  const auto checked = (*store)->check([&](View problem) { complain(own(problem)); });
  if (!checked) complain("cannot be checked: " + checked.error().note);
  const io::SystemClock clock;
  Mail mail(**store, clock);
  if (!mail.open(complain)) return problems.count();
  for (std::size_t box = 0; box < kMailboxes.size(); ++box) {
    const std::vector<Held> held = mail.read(box, complain);
    if (held != stage.held.at(box)) complain(own(kMailboxes.at(box)) + " is not what it was");
  }
  return problems.count();
}

}  // namespace

std::size_t run(const RunOptions& options) {
  std::printf("seed %llu: %u clients for %u s%s\n", static_cast<unsigned long long>(options.seed), options.clients,
              options.seconds, options.faults ? ", with faults" : "");
  std::fflush(stdout);
  const store::SqliteOptions where{.directory = options.folder + "/store"};
  auto store = store::open_sqlite_store(where);
  if (!store) {
    std::fprintf(stderr, "no store: %s\n", store.error().note.c_str());
    return 1;
  }
  auto run = std::make_unique<Run>(options, **store);
  std::size_t problems = (*run)();
  if (problems == 0) {
    auto stage = std::make_unique<Stage>();
    stage->held = run->stage().held;
    run.reset();
    store->reset();
    problems += reopen(where, *stage);
  }
  return problems;
}

}  // namespace posthorn::stress
