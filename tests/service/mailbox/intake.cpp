#include "service/mailbox/intake.h"

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "posthorn/testing/faulty_store.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;

namespace {

/// Runs `work(thread)` on so many threads and waits for all.
void on_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("64 threads add to one account: everything is there exactly once, under its own uid") {
  for (const Backend& backend : backends()) {
    CAPTURE(backend.name);
    const auto store = backend.make();
    Process process(*store);
    constexpr int kEach = 40;
    std::vector<std::vector<std::uint32_t>> uids(64);
    on_threads(64, [&](int thread) {
      for (int i = 0; i < kEach; ++i) {
        const auto added =
            try_add(*process.account, thread % 2 == 0 ? "INBOX" : "Sent",
                    std::to_string(thread) + "/" + std::to_string(i), flags_of({}, {"k" + std::to_string(thread % 7)}));
        if (added) uids[static_cast<std::size_t>(thread)].push_back(added->uid.value());
      }
    });
    require_sound(*process.account);
    for (const char* mailbox : {"INBOX", "Sent"}) {
      const auto messages = *process.account->messages(mailbox);
      std::set<std::string> bodies;
      for (const StoredMessage& message : messages)
        bodies.insert(*process.account->reader()->read(message.body, 0, 100));
      CHECK(bodies.size() == 32U * kEach);
      CHECK(messages.size() == 32U * kEach);
    }
    for (int parity = 0; parity < 2; ++parity) {
      std::set<std::uint32_t> all;
      for (std::size_t thread = static_cast<std::size_t>(parity); thread < 64; thread += 2) {
        REQUIRE(uids[thread].size() == kEach);
        CHECK(std::is_sorted(uids[thread].begin(), uids[thread].end()));
        all.insert(uids[thread].begin(), uids[thread].end());
      }
      CHECK(all.size() == 32U * kEach);
    }
  }
}

TEST_CASE("messages that wait together share a batch, and nothing is read for them") {
  const auto inner = store::make_memory_store();
  testing::FaultyStore store(*inner);
  Process process(store);
  add(*process.account, "INBOX", "first");
  const std::uint64_t before = store.operations();
  add(*process.account, "INBOX", "second");
  CHECK(store.operations() - before == 4);  // open the body, append, finish, commit

  // While a commit is under way, the next callers gather.
  const std::uint64_t commits = store.commits();
  on_threads(64, [&](int) {
    for (int i = 0; i < 20; ++i) CHECK(try_add(*process.account, "INBOX", "x").has_value());
  });
  CHECK(process.account->messages("INBOX")->size() == 2 + 64 * 20);
  CHECK(store.commits() - commits <= 64 * 20);
}

TEST_CASE("a message that fails in a batch fails alone") {
  const auto store = store::make_memory_store();
  Process process(*store, Quota{1000, 0});
  std::atomic<int> added = 0;
  std::atomic<int> full = 0;
  std::atomic<int> missing = 0;
  on_threads(32, [&](int thread) {
    for (int i = 0; i < 20; ++i) {
      const auto result = try_add(*process.account, thread % 4 == 0 ? "none" : "INBOX", "0123456789");
      if (result) ++added;
      if (code_of(result) == Code::over_quota) ++full;
      if (code_of(result) == Code::not_found) ++missing;
    }
  });
  CHECK(added == 100);
  CHECK(added + full + missing == 32 * 20);
  CHECK(process.account->messages("INBOX")->size() == 100);
  require_sound(*process.account);
}

TEST_CASE("the number of messages in one batch is limited") {
  const auto store = store::make_memory_store();
  Limits limits;
  limits.joined_messages = 2;
  Process process(*store, {}, limits);
  on_threads(16, [&](int) {
    for (int i = 0; i < 50; ++i) CHECK(try_add(*process.account, "INBOX", "x").has_value());
  });
  require_sound(*process.account);
  CHECK(process.account->messages("INBOX")->size() == 16 * 50);
  // account, mailbox and two message rows: no commit wrote more than two messages
  const auto partition = *store->open(kAccount);
  std::map<std::uint64_t, int> of_commit;
  CHECK(
      partition
          ->scan("m/m/", "m/m0", [&](View, View, store::Revision written) { return ++of_commit[written.value()] <= 2; })
          .has_value());
  CHECK(of_commit.size() >= 400);
}

TEST_CASE("a failing store fails everybody who waits, for now, and adding goes on when it works again") {
  const auto inner = store::make_memory_store();
  testing::FaultyStore store(*inner);
  Process process(store);
  add(*process.account, "INBOX", "first");
  store.fail_commits(environment_error(Code::no_space));
  on_threads(16, [&](int) { CHECK(code_of(try_add(*process.account, "INBOX", "x")) == Code::no_space); });
  store.fail_commits(std::nullopt);
  CHECK(add(*process.account, "INBOX", "second") == 2);
  require_sound(*process.account);
}
