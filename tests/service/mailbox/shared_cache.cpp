#include "service/mailbox/shared_cache.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::mailbox;
using store::AccountId;

namespace {
using Cache = SharedCache<std::string, 4>;
std::shared_ptr<const std::string> text(std::size_t octets, char c = 'x') {
  return std::make_shared<const std::string>(octets, c);
}
void put(Cache& cache, AccountId account, std::uint64_t number, std::shared_ptr<const std::string> value) {
  const std::size_t octets = value->size();
  cache.put(account, number, std::move(value), octets);
}
}  // namespace

TEST_CASE("shared cache: what was put in is found, by account and body") {
  Cache cache(1U << 20U);
  CHECK(cache.find(AccountId{1}, 2) == nullptr);
  put(cache, AccountId{1}, 2, text(3, 'a'));
  put(cache, AccountId{2}, 2, text(3, 'b'));
  put(cache, AccountId{1}, 3, text(0));
  CHECK(*cache.find(AccountId{1}, 2) == "aaa");
  CHECK(*cache.find(AccountId{2}, 2) == "bbb");
  CHECK(cache.find(AccountId{1}, 3)->empty());
}

TEST_CASE("shared cache: what was not used for the longest time goes first, and the room is never passed") {
  constexpr std::size_t kRoom = 1U << 20U;
  Cache cache(kRoom);
  put(cache, AccountId{1}, 0, text(1000));
  for (std::uint64_t blob = 1; blob < 10'000; ++blob) {
    put(cache, AccountId{1}, blob, text(1000));
    CHECK(cache.find(AccountId{1}, 0) != nullptr);
  }
  CHECK(cache.octets() <= kRoom);
  CHECK(cache.octets() > kRoom / 2);
  CHECK(cache.find(AccountId{1}, 1) == nullptr);
  CHECK(cache.find(AccountId{1}, 9'999) != nullptr);
}

TEST_CASE("shared cache: a value takes the place of an older one, and its room") {
  Cache cache(1U << 20U);
  put(cache, AccountId{1}, 2, text(5'000, 'a'));
  put(cache, AccountId{1}, 2, text(1'000, 'b'));
  CHECK(cache.find(AccountId{1}, 2)->front() == 'b');
  CHECK(cache.octets() < 5'000);
  put(cache, AccountId{1}, 2, text(1U << 20U, 'c'));  // too large: nothing stale is left in its place
  CHECK(cache.find(AccountId{1}, 2) == nullptr);
  CHECK(cache.octets() == 0);
}

TEST_CASE("shared cache: nothing is kept without room") {
  Cache cache(0);
  put(cache, AccountId{1}, 1, text(1));
  CHECK(cache.find(AccountId{1}, 1) == nullptr);
  CHECK(cache.octets() == 0);
}

TEST_CASE("shared cache: many threads") {
  Cache cache(200'000);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (std::uint64_t i = 0; i < 5'000; ++i) {
        const std::uint64_t blob = (i * (t + 1)) % 700;
        if (const auto found = cache.find(AccountId{7}, blob)) {
          if (found->size() != blob) std::abort();
        } else {
          put(cache, AccountId{7}, blob, text(static_cast<std::size_t>(blob)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(cache.octets() <= 200'000);
}
