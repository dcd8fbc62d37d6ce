#include "service/mailbox/summary_cache.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::mailbox;
using store::AccountId;
using store::BlobId;

namespace {
std::shared_ptr<const std::string> text(std::size_t octets, char c = 'x') {
  return std::make_shared<const std::string>(octets, c);
}
}  // namespace

TEST_CASE("summary cache: what was put in is found, by account and body") {
  SummaryCache cache(1U << 20U);
  CHECK(cache.find(AccountId{1}, BlobId{2}) == nullptr);
  cache.put(AccountId{1}, BlobId{2}, text(3, 'a'));
  cache.put(AccountId{2}, BlobId{2}, text(3, 'b'));
  cache.put(AccountId{1}, BlobId{3}, text(0));
  CHECK(*cache.find(AccountId{1}, BlobId{2}) == "aaa");
  CHECK(*cache.find(AccountId{2}, BlobId{2}) == "bbb");
  CHECK(cache.find(AccountId{1}, BlobId{3})->empty());
}

TEST_CASE("summary cache: what was not used for the longest time goes first, and the room is never passed") {
  constexpr std::size_t kRoom = 1U << 20U;
  SummaryCache cache(kRoom);
  cache.put(AccountId{1}, BlobId{0}, text(1000));
  for (std::uint64_t blob = 1; blob < 10'000; ++blob) {
    cache.put(AccountId{1}, BlobId{blob}, text(1000));
    CHECK(cache.find(AccountId{1}, BlobId{0}) != nullptr);
  }
  CHECK(cache.octets() <= kRoom);
  CHECK(cache.octets() > kRoom / 2);
  CHECK(cache.find(AccountId{1}, BlobId{1}) == nullptr);
  CHECK(cache.find(AccountId{1}, BlobId{9'999}) != nullptr);
}

TEST_CASE("summary cache: nothing is kept without room") {
  SummaryCache cache(0);
  cache.put(AccountId{1}, BlobId{1}, text(1));
  CHECK(cache.find(AccountId{1}, BlobId{1}) == nullptr);
  CHECK(cache.octets() == 0);
}

TEST_CASE("summary cache: many threads") {
  SummaryCache cache(200'000);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (std::uint64_t i = 0; i < 5'000; ++i) {
        const BlobId blob{(i * (t + 1)) % 700};
        if (const auto found = cache.find(AccountId{7}, blob)) {
          if (found->size() != blob.value()) std::abort();
        } else {
          cache.put(AccountId{7}, blob, text(static_cast<std::size_t>(blob.value())));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(cache.octets() <= 200'000);
}
