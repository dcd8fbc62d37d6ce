#include "service/store/conformance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

namespace posthorn::store::conformance {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<Partition> partition(Store& store, std::uint64_t account) {
  Result<std::unique_ptr<Partition>> opened = store.open(AccountId(account));
  REQUIRE(opened);
  return std::move(*opened);
}

Revision put(Partition& p, View key, View value) {
  const Result<Revision> done = p.commit(Batch().put(key, value));
  REQUIRE(done);
  return *done;
}

std::optional<std::string> value_of(const Partition& p, View key) {
  const Result<std::optional<Entry>> entry = p.get(key);
  REQUIRE(entry);
  return *entry ? std::optional((*entry)->value) : std::nullopt;
}

Rows rows(const Partition& p, View first = "\x01", View last = "\xFF\xFF") {
  Rows found;
  REQUIRE(p.scan(first, last, [&](View key, View value, Revision) {
    found.emplace_back(key, value);
    return true;
  }));
  return found;
}

std::map<BlobId, std::uint64_t> blobs(const Partition& p) {
  std::map<BlobId, std::uint64_t> found;
  REQUIRE(p.each_blob([&](BlobId blob, std::uint64_t octets) { CHECK(found.emplace(blob, octets).second); }));
  return found;
}

BlobId draft(Partition& p, View octets, std::size_t piece = 100'000) {
  Result<std::unique_ptr<BlobWriter>> writer = p.write_blob();
  REQUIRE(writer);
  for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
    REQUIRE((*writer)->append(octets.substr(0, piece)));
  }
  const Result<BlobId> blob = (*writer)->finish();
  REQUIRE(blob);
  return *blob;
}

/// Octets that differ everywhere, all 256 values among them.
std::string pattern(std::size_t count, std::uint64_t seed = 1) {
  std::string octets(count, '\0');
  for (char& c : octets) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    c = static_cast<char>(seed >> 56U);
  }
  return octets;
}

void check_clean(Store& store) {
  REQUIRE(store.check([](View problem) { FAIL_CHECK(std::string(problem)); }));
}

Code code_of(const Result<Revision>& result) {
  REQUIRE(!result);
  return result.error().code;
}

// --- the rows of the suite ---

void empty_partition(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 7);
  CHECK(*p->revision() == Revision(0));
  CHECK(value_of(*p, "a") == std::nullopt);
  CHECK(rows(*p).empty());
  CHECK(blobs(*p).empty());
  CHECK(p->read_blob(BlobId(1), 0, 1).error().code == Code::not_found);
  CHECK(store->erase(AccountId(7)));
  REQUIRE(store->each_account([](AccountId) { FAIL_CHECK("an account that was never written"); }));
  check_clean(*store);
}

void put_get_erase(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const std::string binary("\0\r\n\xFF\x80", 5);
  put(*p, "a", "1");
  put(*p, "b", binary);
  put(*p, "empty", "");
  CHECK(value_of(*p, "a") == "1");
  CHECK(value_of(*p, "b") == binary);
  CHECK(value_of(*p, "empty") == "");
  put(*p, "a", "2");
  CHECK(value_of(*p, "a") == "2");
  REQUIRE(p->commit(Batch().erase("a").erase("absent")));
  CHECK(value_of(*p, "a") == std::nullopt);
  CHECK(value_of(*p, "b") == binary);
  const auto other = partition(*store, 2);
  CHECK(value_of(*other, "b") == std::nullopt);
  const auto same = partition(*store, 1);
  CHECK(value_of(*same, "b") == binary);
}

void later_operations_win(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  REQUIRE(p->commit(Batch().put("a", "1").put("a", "2").erase("b").put("b", "1").put("c", "1").erase("c")));
  CHECK(rows(*p) == Rows{{"a", "2"}, {"b", "1"}});
}

void revisions_grow(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const Revision first = put(*p, "a", "1");
  CHECK(first > Revision(0));
  const Revision second = put(*p, "b", "1");
  CHECK(second > first);
  CHECK(*p->revision() == second);
  CHECK((*p->get("a")).value().written == first);
  CHECK((*p->get("b")).value().written == second);
  const Revision third = put(*p, "a", "1");
  CHECK((*p->get("a")).value().written == third);
  REQUIRE(p->scan("a", "b", [&](View, View, Revision written) {
    CHECK(written == third);
    return true;
  }));
  const Result<Revision> relaxed = p->commit(Batch().put("c", "1"), Durability::relaxed);
  REQUIRE(relaxed);
  CHECK(*relaxed > third);
  CHECK(value_of(*p, "c") == "1");
  const Result<Revision> nothing = p->commit(Batch());
  REQUIRE(nothing);
  CHECK(*nothing >= *relaxed);
}

void expectations(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const Result<Revision> made = p->commit(Batch().expect("a", std::nullopt).put("a", "1"));
  REQUIRE(made);
  CHECK(code_of(p->commit(Batch().expect("a", std::nullopt).put("a", "2"))) == Code::conflict);
  CHECK(code_of(p->commit(Batch().expect("a", made->next()).put("a", "2"))) == Code::conflict);
  CHECK(code_of(p->commit(Batch().expect("b", *made).put("b", "2"))) == Code::conflict);
  CHECK(rows(*p) == Rows{{"a", "1"}});
  CHECK(*p->revision() == *made);
  // an expectation speaks of the rows before the batch, wherever it stands in it
  REQUIRE(p->commit(Batch().put("a", "2").expect("a", *made).erase("c").expect("c", std::nullopt)));
  CHECK(value_of(*p, "a") == "2");
}

void all_or_nothing(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const Revision made = put(*p, "a", "1");
  const BlobId kept = draft(*p, "kept");
  REQUIRE(p->commit(Batch().keep(kept)));
  const BlobId fresh = draft(*p, "fresh");
  const Revision before = *p->revision();
  CHECK(code_of(p->commit(
            Batch().put("b", "1").erase("a").keep(fresh).drop(kept).expect("a", made.next()).put("c", "1"))) ==
        Code::conflict);
  CHECK(rows(*p) == Rows{{"a", "1"}});
  CHECK(blobs(*p) == std::map<BlobId, std::uint64_t>{{kept, 4}});
  CHECK(*p->revision() == before);
  // the body that was not kept is still there for the next try
  REQUIRE(p->commit(Batch().put("b", "1").keep(fresh).drop(kept).expect("a", made)));
  CHECK(blobs(*p) == std::map<BlobId, std::uint64_t>{{fresh, 5}});
  CHECK(*p->read_blob(fresh, 0, 100) == "fresh");
}

void scan_order_and_ranges(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const auto neighbour = partition(*store, 2);
  put(*neighbour, "m", "other account");
  REQUIRE(p->commit(Batch()
                        .put("b", "1")
                        .put("a", "2")
                        .put("ab", "3")
                        .put("a\x01", "4")
                        .put("a\xFF", "5")
                        .put("\x80", "6")
                        .put("B", "7")
                        .put("\x01", "8")));
  CHECK(rows(*p) == Rows{{"\x01", "8"},
                         {"B", "7"},
                         {"a", "2"},
                         {"a\x01", "4"},
                         {"ab", "3"},
                         {"a\xFF", "5"},
                         {"b", "1"},
                         {"\x80", "6"}});
  CHECK(rows(*p, "a", after_prefix("a")) == Rows{{"a", "2"}, {"a\x01", "4"}, {"ab", "3"}, {"a\xFF", "5"}});
  CHECK(rows(*p, "ab", "b") == Rows{{"ab", "3"}, {"a\xFF", "5"}});
  CHECK(rows(*p, "b", "b").empty());
  CHECK(rows(*p, "b", "a").empty());
  CHECK(rows(*p, "", "a") == Rows{{"\x01", "8"}, {"B", "7"}});
  Rows stopped;
  REQUIRE(p->scan("a", "c", [&](View key, View value, Revision) {
    stopped.emplace_back(key, value);
    return stopped.size() < 2;
  }));
  CHECK(stopped == Rows{{"a", "2"}, {"a\x01", "4"}});
}

void many_rows(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  Batch batch;
  for (int i = 0; i < 5000; ++i) batch.put("k" + std::to_string(100'000 + i), std::to_string(i));
  REQUIRE(p->commit(batch));
  const Rows all = rows(*p, "k", "l");
  REQUIRE(all.size() == 5000);
  CHECK(all[4321].second == "4321");
  CHECK(rows(*p, "k102000", "k102010").size() == 10);
}

void limits_and_misuse(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  CHECK(code_of(p->commit(Batch().put("", "1"))) == Code::misuse);
  CHECK(code_of(p->commit(Batch().put(View("a\0b", 3), "1"))) == Code::misuse);
  CHECK(code_of(p->commit(Batch().put("ok", "1").erase(View("\0", 1)))) == Code::misuse);
  CHECK(p->get("").error().code == Code::misuse);
  CHECK(code_of(p->commit(Batch().put("big", std::string(kMaxBatch, 'x')))) == Code::too_long);
  CHECK(code_of(p->commit(Batch().put("a", "1").keep(BlobId(123456789)))) == Code::not_found);
  CHECK(rows(*p).empty());
  const std::string big = pattern(kMaxBatch - 10);
  put(*p, "big", big);
  CHECK(value_of(*p, "big") == big);
  put(*p, "big", "small");
}

void blob_life(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const BlobId blob = draft(*p, "0123456789");
  CHECK(p->read_blob(blob, 0, 1).error().code == Code::not_found);
  CHECK(blobs(*p).empty());
  REQUIRE(p->commit(Batch().keep(blob).put("m", "1")));
  CHECK(*p->read_blob(blob, 0, 10) == "0123456789");
  CHECK(*p->read_blob(blob, 3, 4) == "3456");
  CHECK(*p->read_blob(blob, 8, 100) == "89");
  CHECK(*p->read_blob(blob, 10, 5) == "");
  CHECK(*p->read_blob(blob, 1'000'000, 5) == "");
  CHECK(*p->read_blob(blob, 0, 0) == "");
  CHECK(*p->read_blob(blob, 2, ~std::uint64_t{0}) == "23456789");
  CHECK(partition(*store, 2)->read_blob(blob, 0, 1).error().code == Code::not_found);
  REQUIRE(p->commit(Batch().keep(blob)));  // once more changes nothing
  const BlobId empty = draft(*p, "");
  REQUIRE(p->commit(Batch().keep(empty)));
  CHECK(*p->read_blob(empty, 0, 10) == "");
  CHECK(blobs(*p) == std::map<BlobId, std::uint64_t>{{blob, 10}, {empty, 0}});
  check_clean(*store);
  REQUIRE(p->commit(Batch().drop(blob).erase("m")));
  CHECK(p->read_blob(blob, 0, 1).error().code == Code::not_found);
  REQUIRE(p->commit(Batch().drop(blob)));  // already gone: nothing to do
  CHECK(code_of(p->commit(Batch().keep(blob))) == Code::not_found);
  CHECK(blobs(*p) == std::map<BlobId, std::uint64_t>{{empty, 0}});
  const BlobId both = draft(*p, "x");
  REQUIRE(p->commit(Batch().keep(both).drop(both)));
  CHECK(blobs(*p).size() == 1);
  check_clean(*store);
}

void forgotten_blobs(const Engine& engine) {
  const auto store = engine.fresh();
  auto p = partition(*store, 1);
  {
    const auto unfinished = p->write_blob();
    REQUIRE((*unfinished)->append(pattern(3'000'000)));
  }
  const BlobId small = draft(*p, "never kept");
  const BlobId large = draft(*p, pattern(2'000'000));
  const BlobId dropped = draft(*p, pattern(1'000'000));
  REQUIRE(p->commit(Batch().drop(dropped)));
  CHECK(code_of(p->commit(Batch().keep(dropped))) == Code::not_found);
  p.reset();  // what it did not keep ends with it
  const auto q = partition(*store, 1);
  CHECK(code_of(q->commit(Batch().keep(small))) == Code::not_found);
  CHECK(code_of(q->commit(Batch().keep(large))) == Code::not_found);
  CHECK(blobs(*q).empty());
  check_clean(*store);
  const auto writer = q->write_blob();
  const Result<BlobId> finished = (*writer)->finish();
  REQUIRE(finished);
  CHECK((*writer)->append("x").error().code == Code::misuse);
  CHECK((*writer)->finish().error().code == Code::misuse);
}

void big_blobs(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  std::map<BlobId, std::string> expected;
  for (const std::size_t size :
       {1U, 4096U, 65'535U, 65'536U, 65'537U, 262'143U, 262'144U, 262'145U, 1'000'000U, 20'000'001U}) {
    const std::string octets = pattern(size, size);
    const BlobId blob = draft(*p, octets, size == 1'000'000U ? 777 : 300'000);
    CHECK(p->read_blob(blob, 0, 1).error().code == Code::not_found);
    REQUIRE(p->commit(Batch().keep(blob).put("m" + std::to_string(size), "1")));
    REQUIRE(expected.emplace(blob, octets).second);
  }
  for (const auto& [blob, octets] : expected) {
    CHECK(*p->read_blob(blob, 0, octets.size()) == octets);
    for (const std::size_t offset : {std::size_t{0}, octets.size() / 3, octets.size() / 2, octets.size() - 1}) {
      CHECK(*p->read_blob(blob, offset, 70'000) == octets.substr(offset, 70'000));
    }
    CHECK(blobs(*p).at(blob) == octets.size());
  }
  check_clean(*store);
  Batch drop;
  for (const auto& [blob, octets] : expected) drop.drop(blob);
  REQUIRE(p->commit(drop));
  CHECK(blobs(*p).empty());
  check_clean(*store);
}

void blob_ids_are_unique(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  std::mutex mutex;
  std::map<BlobId, int> seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto writer = p->write_blob();
        if (!writer || !(*writer)->append("x")) continue;
        const Result<BlobId> blob = (*writer)->finish();
        const std::lock_guard lock(mutex);
        if (blob) ++seen[*blob];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(seen.size() == 200);
}

void no_lost_update(const Engine& engine) {
  const auto store = engine.fresh();
  constexpr int kThreads = 8;
  constexpr int kSteps = 25;
  std::atomic<int> conflicts = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto p = store->open(AccountId(1));
      const auto own_account = store->open(AccountId(static_cast<std::uint64_t>(10 + t)));
      for (int step = 0; step < kSteps;) {
        const auto entry = (*p)->get("counter");
        const std::string now = *entry ? (*entry)->value : "0";
        const auto seen = *entry ? std::optional((*entry)->written) : std::nullopt;
        const auto done =
            (*p)->commit(Batch().expect("counter", seen).put("counter", std::to_string(std::stoi(now) + 1)));
        if (done) {
          ++step;
        } else if (done.error().code == Code::conflict) {
          ++conflicts;
        } else {
          ++failures;
          break;
        }
        if (!(*own_account)->commit(Batch().put("n" + std::to_string(step), "x"))) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  const auto p = partition(*store, 1);
  CHECK(value_of(*p, "counter") == std::to_string(kThreads * kSteps));
  CHECK(*p->revision() >= Revision(kThreads * kSteps));
  for (int t = 0; t < kThreads; ++t)
    CHECK(rows(*partition(*store, static_cast<std::uint64_t>(10 + t))).size() >= kSteps);
  check_clean(*store);
}

void readers_see_whole_batches(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  REQUIRE(p->commit(Batch().put("a", "0").put("b", "0")));
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    const auto q = store->open(AccountId(1));
    while (!stop) {
      std::vector<std::string> values;
      const auto scanned = (*q)->scan("a", "c", [&](View, View value, Revision) {
        values.emplace_back(value);
        return true;
      });
      if (!scanned || values.size() != 2 || values[0] != values[1]) ++torn;
    }
  });
  for (int i = 1; i < 300; ++i) REQUIRE(p->commit(Batch().put("a", std::to_string(i)).put("b", std::to_string(i))));
  stop = true;
  reader.join();
  CHECK(torn == 0);
}

void erase_account(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  const auto q = partition(*store, 2);
  const BlobId small = draft(*p, "small");
  const BlobId large = draft(*p, pattern(700'000));
  REQUIRE(p->commit(Batch().put("a", "1").keep(small).keep(large)));
  const BlobId other = draft(*q, "other");
  REQUIRE(q->commit(Batch().put("a", "2").keep(other)));
  const Revision before = *p->revision();
  REQUIRE(store->erase(AccountId(1)));
  CHECK(rows(*p).empty());
  CHECK(blobs(*p).empty());
  CHECK(*p->revision() == Revision(0));
  CHECK(p->read_blob(small, 0, 1).error().code == Code::not_found);
  CHECK(value_of(*q, "a") == "2");
  CHECK(*q->read_blob(other, 0, 10) == "other");
  std::vector<AccountId> accounts;
  REQUIRE(store->each_account([&](AccountId account) { accounts.push_back(account); }));
  CHECK(accounts == std::vector{AccountId(2)});
  check_clean(*store);
  // a number that is used again never meets its old revisions and bodies
  CHECK(put(*p, "a", "3") > before);
  const BlobId later = draft(*p, "later");
  CHECK(later != small);
  CHECK(later != large);
}

void accounts_are_listed(const Engine& engine) {
  const auto store = engine.fresh();
  std::vector<AccountId> expected;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const AccountId account(i * i * 1'000'003);
    put(*partition(*store, account.value()), "a", "1");
    expected.push_back(account);
  }
  const AccountId highest(~std::uint64_t{0});
  put(*partition(*store, highest.value()), "a", "1");
  expected.push_back(highest);
  std::vector<AccountId> accounts;
  REQUIRE(store->each_account([&](AccountId account) { accounts.push_back(account); }));
  std::sort(accounts.begin(), accounts.end());
  CHECK(accounts == expected);
}

/// Waits for a count; bounded.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    ++rung_;
    changed_.notify_all();
  }
  bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return rung_ >= count; });
  }
  int rung() {
    const std::lock_guard lock(mutex_);
    return rung_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int rung_ = 0;
};

void watches(const Engine& engine) {
  const auto store = engine.fresh();
  const auto p = partition(*store, 1);
  Bell first;
  Bell second;
  auto watch = store->watch(AccountId(1), [&] { first.ring(); });
  const auto beside = store->watch(AccountId(1), [&] { second.ring(); });
  for (int i = 1; i <= 20; ++i) {
    const int heard = first.rung();
    put(*p, "a", std::to_string(i));
    CHECK(first.wait_for(heard + 1));
  }
  CHECK(second.wait_for(1));
  watch.reset();
  const int heard = first.rung();
  const int heard_beside = second.rung();
  put(*p, "a", "last");
  CHECK(second.wait_for(heard_beside + 1));
  CHECK(first.rung() == heard);
  const int before_erase = second.rung();
  REQUIRE(store->erase(AccountId(1)));
  CHECK(second.wait_for(before_erase + 1));
}

void reopen(const Engine& engine) {
  if (!engine.again) return;
  BlobId small;
  BlobId large;
  BlobId forgotten;
  const std::string octets = pattern(900'000);
  Revision revision;
  {
    const auto store = engine.fresh();
    const auto p = partition(*store, 1);
    small = draft(*p, "small");
    large = draft(*p, octets);
    forgotten = draft(*p, pattern(800'000, 2));
    put(*p, "a", "1");
    REQUIRE(p->commit(Batch().put("b", "2").keep(small).keep(large)));
    REQUIRE(p->commit(Batch().put("c", "relaxed"), Durability::relaxed));
    revision = *p->revision();
  }
  const auto store = engine.again();
  const auto p = partition(*store, 1);
  CHECK(rows(*p) == Rows{{"a", "1"}, {"b", "2"}, {"c", "relaxed"}});
  CHECK(*p->revision() == revision);
  CHECK(*p->read_blob(small, 0, 100) == "small");
  CHECK(*p->read_blob(large, 0, octets.size()) == octets);
  CHECK(p->read_blob(forgotten, 0, 1).error().code == Code::not_found);
  CHECK(blobs(*p).size() == 2);
  const BlobId later = draft(*p, "x");
  CHECK(later > forgotten);
  check_clean(*store);
}

void two_at_once(const Engine& engine) {
  if (!engine.again) return;
  const auto one = engine.fresh();
  const auto two = engine.again();
  const auto p = partition(*one, 1);
  const auto q = partition(*two, 1);
  put(*p, "a", "1");
  CHECK(value_of(*q, "a") == "1");
  const BlobId from_one = draft(*p, "one");
  const BlobId from_two = draft(*q, "two");
  const BlobId big = draft(*q, pattern(600'000));
  CHECK(from_one != from_two);
  REQUIRE(p->commit(Batch().keep(from_one)));
  REQUIRE(q->commit(Batch().keep(from_two).keep(big)));
  CHECK(*p->read_blob(from_two, 0, 9) == "two");
  CHECK(*q->read_blob(from_one, 0, 9) == "one");
  CHECK(p->read_blob(big, 0, 600'000)->size() == 600'000);
  Bell bell;
  const auto watch = two->watch(AccountId(1), [&] { bell.ring(); });
  const int heard = bell.rung();
  put(*p, "a", "2");
  CHECK(bell.wait_for(heard + 1));
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (Store* store : {one.get(), two.get()}) {
    threads.emplace_back([&failures, store] {
      const auto mine = store->open(AccountId(1));
      for (int step = 0; step < 100;) {
        const auto entry = (*mine)->get("counter");
        const std::string now = *entry ? (*entry)->value : "0";
        const auto seen = *entry ? std::optional((*entry)->written) : std::nullopt;
        const auto done =
            (*mine)->commit(Batch().expect("counter", seen).put("counter", std::to_string(std::stoi(now) + 1)));
        if (done) ++step;
        if (!done && done.error().code != Code::conflict) {
          ++failures;
          break;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(value_of(*p, "counter") == "200");
  check_clean(*two);
}

void purge(const Engine& engine) {
  const auto store = engine.fresh();
  REQUIRE(store->purge());
  const auto p = partition(*store, 1);
  const BlobId stays = draft(*p, pattern(500'000));
  const BlobId goes = draft(*p, pattern(500'000, 2));
  const BlobId waits = draft(*p, pattern(500'000, 3));
  REQUIRE(p->commit(Batch().keep(stays).keep(goes).put("a", "1").put("b", "2")));
  REQUIRE(p->commit(Batch().drop(goes).erase("a")));
  REQUIRE(store->purge());
  CHECK(rows(*p) == Rows{{"b", "2"}});
  REQUIRE(p->commit(Batch().keep(waits)));
  CHECK(blobs(*p) == std::map<BlobId, std::uint64_t>{{stays, 500'000}, {waits, 500'000}});
  CHECK(*p->read_blob(stays, 0, 500'000) == pattern(500'000));
  CHECK(*p->read_blob(waits, 0, 500'000) == pattern(500'000, 3));
  check_clean(*store);
}

struct Row {
  const char* name;
  void (*run)(const Engine&);
};

constexpr std::array kSuite = {
    Row{"an account that was never written is an empty partition", empty_partition},
    Row{"put, get, erase", put_get_erase},
    Row{"later operations of a batch win", later_operations_win},
    Row{"revisions grow", revisions_grow},
    Row{"expectations", expectations},
    Row{"a batch is applied whole or not at all", all_or_nothing},
    Row{"scan order and ranges", scan_order_and_ranges},
    Row{"many rows", many_rows},
    Row{"limits and misuse", limits_and_misuse},
    Row{"the life of a body", blob_life},
    Row{"bodies that nobody keeps are forgotten", forgotten_blobs},
    Row{"big bodies", big_blobs},
    Row{"the names of bodies are unique", blob_ids_are_unique},
    Row{"no update is lost", no_lost_update},
    Row{"readers see whole batches", readers_see_whole_batches},
    Row{"erase an account", erase_account},
    Row{"purge leaves what is there", purge},
    Row{"accounts are listed", accounts_are_listed},
    Row{"watches", watches},
    Row{"reopen", reopen},
    Row{"two stores on one place", two_at_once},
};

}  // namespace

void run(const Engine& engine) {
  for (const Row& row : kSuite) {
    INFO(row.name);
    row.run(engine);
  }
}

}  // namespace posthorn::store::conformance
