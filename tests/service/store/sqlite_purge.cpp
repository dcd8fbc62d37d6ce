#include "service/store/sqlite_purge.h"

#include <array>
#include <atomic>
#include <filesystem>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/store/sqlite.h"

#include "service/store/shard_file.h"
#include "service/store/tokens.h"

namespace posthorn::store::sqlite {
namespace {

using namespace std::chrono_literals;

std::uintmax_t log_octets(const std::string& database) {
  std::error_code absent;
  const std::uintmax_t size = std::filesystem::file_size(database + "-wal", absent);
  return absent ? 0 : size;
}

/// Whether `is_so()` becomes true within a bound that is far above what it takes.
template <class IsSo>
bool soon(IsSo is_so) {
  for (const PurgeTime end = purge_clock() + 30s; purge_clock() < end; std::this_thread::sleep_for(20ms)) {
    if (is_so()) return true;
  }
  return false;
}

std::unique_ptr<Store> open_store(const Scratch& scratch) {
  Result<std::unique_ptr<Store>> store = open_sqlite_store({.directory = scratch.path("store"), .shards = 1});
  REQUIRE_MESSAGE(store, store.error().note);
  return std::move(*store);
}

BlobId put_body(Partition& p, std::uint64_t number, std::size_t octets) {
  const auto writer = *p.write_blob();
  REQUIRE(writer->append(tokens(number, octets)));
  const auto blob = writer->finish();
  REQUIRE(blob);
  return *blob;
}

constexpr std::array<std::size_t, 8> kSizes = {17, 200, 3000, 5000, 66'000, 250'000, 300'000, 1'500'000};
constexpr std::size_t kRows = 5;  // sizes that a row has as well

struct Kept {
  std::uint64_t number;  // of the body, and of the row with 1 added
  BlobId blob;
};

/// Bodies and rows of all sizes, each twice: those with an even place are for removal.
std::vector<Kept> fill(Partition& p) {
  std::vector<Kept> kept;
  for (std::uint64_t i = 0; i < 2 * kSizes.size(); ++i) {
    const std::uint64_t number = 1000 + 2 * i;
    const std::size_t octets = kSizes[i / 2];
    kept.push_back({number, put_body(p, number, octets)});
    Batch batch;
    batch.keep(kept.back().blob);
    if (i / 2 < kRows) batch.put("row/" + std::to_string(number), tokens(number + 1, octets));
    REQUIRE(p.commit(batch));
  }
  return kept;
}

/// Removes every second one, and a row that is named after its token.
void remove_half(Partition& p, const std::vector<Kept>& kept) {
  for (std::size_t i = 0; i < kept.size(); i += 2) {
    Batch batch;
    batch.drop(kept[i].blob);
    if (i / 2 < kRows) batch.erase("row/" + std::to_string(kept[i].number));
    REQUIRE(p.commit(batch));
  }
}

/// The numbers that fill() leaves when half is removed.
std::set<std::uint64_t> other_half() {
  std::set<std::uint64_t> numbers;
  for (std::uint64_t i = 1; i < 2 * kSizes.size(); i += 2) {
    numbers.insert(1000 + 2 * i);
    if (i / 2 < kRows) numbers.insert(1001 + 2 * i);
  }
  return numbers;
}

}  // namespace

TEST_CASE("purge schedule: after an idle second, and within five of a busy shard") {
  const PurgeTime start{1000s};
  PurgeSchedule schedule(start);
  CHECK(schedule.pending());  // what killed processes left
  CHECK(!schedule.removed());
  CHECK(schedule.due() == start + kPurgeIdle);
  schedule.done();
  CHECK(!schedule.due());
  schedule.worked(false, start + 5s);
  CHECK(!schedule.due());
  schedule.worked(true, start + 10s);
  CHECK(schedule.removed());
  CHECK(schedule.due() == start + 10s + kPurgeIdle);
  for (int i = 1; i <= 4; ++i) {
    schedule.worked(i % 2 == 0, start + 10s + i * 1s);
    CHECK(schedule.due() == start + 10s + i * 1s + kPurgeIdle);
  }
  schedule.worked(true, start + 14s + 500ms);
  CHECK(schedule.due() == start + 10s + kPurgeLatest);
  schedule.refused(start + 15s);
  CHECK(schedule.removed());
  CHECK(schedule.due() == start + 15s + kPurgeIdle);
  for (int i = 0; i < 9; ++i) schedule.worked(true, start + 15s + i * 900ms);
  CHECK(schedule.due() == start + 15s + kPurgeLatest);
  schedule.done();
  CHECK(!schedule.removed());
  CHECK(!schedule.pending());
}

TEST_CASE("purge schedule: each refusal makes the next attempt longer and rarer, up to a bound, until one succeeds") {
  PurgeTime now{1000s};
  PurgeSchedule schedule(now);
  CHECK(schedule.turn() == 50ms);
  schedule.worked(true, now);
  for (const auto& [turn, rest] : {std::pair(100ms, 1000ms),
                                   {200ms, 1000ms},
                                   {400ms, 1000ms},
                                   {800ms, 2000ms},
                                   {1600ms, 4000ms},
                                   {1600ms, 8000ms},
                                   {1600ms, 8000ms}}) {
    schedule.refused(now);
    CHECK(schedule.turn() == turn);
    CHECK(schedule.due() == now + rest);
    now += rest;
  }
  // the rest holds for a busy shard as well
  schedule.refused(now);
  for (int i = 1; i <= 7; ++i) schedule.worked(true, now + i * 1s);
  CHECK(schedule.due() == now + 8s);
  schedule.done();
  CHECK(schedule.turn() == 50ms);
  schedule.worked(true, now + 20s);
  CHECK(schedule.due() == now + 20s + kPurgeIdle);
}

TEST_CASE("purge: the log is emptied, but not under a reader, for whom nobody waits") {
  const ShardFile file;
  Connection writer = file.open(Access::write);
  const File lock_file = std::move(*File::open(file.scratch.path("lock")));
  REQUIRE(writer.query(Query::account_put).bind(1).bind(1).run());
  CHECK(log_octets(file.path) > 0);
  Connection reader = file.open(Access::read);
  {
    Statement rows = reader.query(Query::accounts);
    REQUIRE(*rows.step());
    REQUIRE(writer.query(Query::account_put).bind(2).bind(1).run());
    const PurgeTime begin = purge_clock();
    const Result<void> refused = purge_log(writer, lock_file, 100ms);
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::unavailable);
    CHECK(refused.error().lasting == Lasting::transient);
    CHECK(purge_clock() - begin < 5s);
    CHECK(!Lock::is_held(*File::open(file.scratch.path("lock")), 0));
    CHECK(log_octets(file.path) > 0);
    REQUIRE(writer.query(Query::account_put).bind(3).bind(1).run());  // and goes on
  }
  REQUIRE(purge_log(writer, lock_file, 0ms));
  CHECK(log_octets(file.path) == 0);
  REQUIRE(writer.query(Query::account_put).bind(4).bind(1).run());
  Statement get = reader.query(Query::account_get);
  CHECK(*get.bind(4).step());
}

TEST_CASE("purge: rows and bodies of all sizes are gone after an idle second, the others are not") {
  const Scratch scratch;
  const auto store = open_store(scratch);
  const auto p = std::move(*store->open(AccountId(1)));
  remove_half(*p, fill(*p));
  CHECK(soon([&] { return find_tokens(scratch.path("store")) == other_half(); }));
  REQUIRE(p->commit(Batch().put("a", "1")));
  REQUIRE(store->check([](View problem) { FAIL_CHECK(std::string(problem)); }));
}

TEST_CASE("purge: what was removed is gone when purge returns, and when the store is closed") {
  const Scratch scratch;
  const auto other = open_store(scratch);  // so that SQLite does not clear away with the last connection
  auto store = open_store(scratch);
  {
    const auto p = std::move(*store->open(AccountId(1)));
    remove_half(*p, fill(*p));
    REQUIRE(store->purge());
    CHECK(find_tokens(scratch.path("store")) == other_half());
    // a row that another value replaces counts as removed here
    REQUIRE(p->commit(Batch().put("changing", tokens(1, 3000))));
    REQUIRE(p->commit(Batch().put("changing", tokens(2, 3000))));
    REQUIRE(store->purge());
    CHECK(!find_tokens(scratch.path("store")).contains(1));
    CHECK(find_tokens(scratch.path("store")).contains(2));
    REQUIRE(p->commit(Batch().erase("changing")));
  }
  store.reset();
  CHECK(find_tokens(scratch.path("store")) == other_half());
  REQUIRE(other->erase(AccountId(1)));
  REQUIRE(other->purge());
  CHECK(find_tokens(scratch.path("store")).empty());
}

TEST_CASE("purge: bodies that nobody keeps are gone") {
  const Scratch scratch;
  const auto store = open_store(scratch);
  const auto p = std::move(*store->open(AccountId(1)));
  {
    const auto unfinished = *p->write_blob();
    REQUIRE(unfinished->append(tokens(1, 2'000'000)));
    const auto q = std::move(*store->open(AccountId(1)));
    put_body(*q, 2, 700'000);  // finished and never kept: ends with q
    put_body(*q, 3, 1000);
    CHECK(find_tokens(scratch.path("store")) == std::set<std::uint64_t>{1, 2});
  }
  CHECK(soon([&] { return find_tokens(scratch.path("store")).empty(); }));
}

TEST_CASE("purge: a store that is never idle is purged as well") {
  const Scratch scratch;
  const auto store = open_store(scratch);
  const auto p = std::move(*store->open(AccountId(1)));
  const BlobId blob = put_body(*p, 7, 100'000);
  REQUIRE(p->commit(Batch().keep(blob)));
  REQUIRE(p->commit(Batch().drop(blob)));
  const PurgeTime begin = purge_clock();
  bool gone = false;
  for (std::uint64_t i = 0; !gone && purge_clock() - begin < 4 * kPurgeLatest; ++i) {
    REQUIRE(p->commit(Batch().put("k", std::to_string(i)), Durability::relaxed));
    if (i % 100 == 0) gone = find_tokens(scratch.path("store")).empty();
    std::this_thread::sleep_for(5ms);
  }
  CHECK(gone);
}

TEST_CASE("purge: readers and writers that are always there only delay it") {
  const Scratch scratch;
  const auto store = open_store(scratch);
  const auto p = std::move(*store->open(AccountId(1)));
  const std::vector<Kept> kept = fill(*p);
  const auto busy = open_store(scratch);
  std::atomic<int> failures = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&](const std::stop_token& stop) {
      const auto reading = std::move(*busy->open(AccountId(1)));
      while (!stop.stop_requested()) {
        if (!reading->read_blob(kept.back().blob, 0, 1'500'000)) ++failures;
      }
    });
  }
  threads.emplace_back([&](const std::stop_token& stop) {
    const auto writing = std::move(*busy->open(AccountId(2)));
    for (std::uint64_t i = 0; !stop.stop_requested(); ++i) {
      if (!writing->commit(Batch().put("k", std::to_string(i)))) ++failures;
    }
  });
  remove_half(*p, kept);
  const PurgeTime begin = purge_clock();
  CHECK(soon([&] { return find_tokens(scratch.path("store")) == other_half(); }));
  MESSAGE("gone after ", std::chrono::duration<double>(purge_clock() - begin).count(), " s");
  threads.clear();
  CHECK(failures == 0);
}

TEST_CASE("purge: what a killed process removed goes after the next opening") {
  const Scratch scratch;
  const Scratch copy;
  {
    const auto store = open_store(scratch);
    const auto p = std::move(*store->open(AccountId(1)));
    remove_half(*p, fill(*p));
    // the files as a process leaves them that is killed now
    std::filesystem::copy(scratch.path("store"), copy.path("store"));
  }
  CHECK(find_tokens(copy.path("store")) != other_half());
  const auto store = open_store(copy);
  CHECK(soon([&] { return find_tokens(copy.path("store")) == other_half(); }));
  REQUIRE(store->check([](View problem) { FAIL_CHECK(std::string(problem)); }));
}

}  // namespace posthorn::store::sqlite
