#include "service/directory/cache.h"

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"

using namespace posthorn;
using namespace posthorn::directory;

namespace {

// A store whose watch never calls.
class Unwatched : public store::Store {
 public:
  explicit Unwatched(store::Store& inner) : inner_(inner) {}
  Result<std::unique_ptr<store::Partition>> open(store::AccountId account) override { return inner_.open(account); }
  Result<void> erase(store::AccountId account) override { return inner_.erase(account); }
  Result<void> purge() override { return inner_.purge(); }
  Result<void> each_account(const std::function<void(store::AccountId)>& each) const override {
    return inner_.each_account(each);
  }
  std::unique_ptr<store::Watch> watch(store::AccountId, std::function<void()>) override {
    return std::make_unique<store::Watch>();
  }
  Result<void> check(const std::function<void(View)>& problem) const override { return inner_.check(problem); }

 private:
  store::Store& inner_;
};

Resolution some() { return {.targets = {{Account{.id = store::AccountId(1), .address = "ann@example.org"}, {}}}}; }

}  // namespace

TEST_CASE("the cache forgets at every change") {
  const auto store = store::make_memory_store();
  const auto rows = store->open(store::kDirectoryAccount);
  Cache cache(*store, **rows);
  CHECK(!cache.find("ann"));
  cache.insert("ann", some(), cache.generation());
  CHECK(cache.find("ann"));
  REQUIRE((*rows)->commit(store::Batch().put("x", "y")));
  CHECK(!cache.find("ann"));
  cache.insert("ann", some(), cache.generation());
  cache.forget();
  CHECK(!cache.find("ann"));
}

TEST_CASE("an answer that was read before a change is not taken") {
  const auto store = store::make_memory_store();
  const auto rows = store->open(store::kDirectoryAccount);
  Cache cache(*store, **rows);
  const std::uint64_t before = cache.generation();
  REQUIRE((*rows)->commit(store::Batch().put("x", "y")));
  cache.insert("ann", some(), before);
  CHECK(!cache.find("ann"));
}

TEST_CASE("a change is seen without a watch after some questions") {
  const auto store = store::make_memory_store();
  Unwatched silent(*store);
  const auto rows = silent.open(store::kDirectoryAccount);
  Cache cache(silent, **rows);
  for (std::uint32_t i = 0; i < Cache::kTrustWatch; ++i) (void)cache.find("ann");
  cache.insert("ann", some(), cache.generation());
  REQUIRE((*rows)->commit(store::Batch().put("x", "y")));
  std::uint32_t served = 0;
  while (cache.find("ann")) ++served;
  CHECK(served < Cache::kTrustWatch);
}

TEST_CASE("the cache is bounded") {
  const auto store = store::make_memory_store();
  const auto rows = store->open(store::kDirectoryAccount);
  Cache cache(*store, **rows);
  for (std::size_t i = 0; i < 2 * Cache::kMax + 5; ++i) cache.insert(std::to_string(i), some(), cache.generation());
  CHECK(cache.size() <= Cache::kMax);
}
