#include "service/queue/sorted_blocks.h"

#include <random>
#include <set>

#include <doctest/doctest.h>

using namespace posthorn::queue;

namespace {

using Blocks = SortedBlocks<int>;

std::vector<int> all_of(const Blocks& blocks) {
  std::vector<int> found;
  blocks.each([&](int element) { found.push_back(element); });
  return found;
}

}  // namespace

TEST_CASE("queue sorted blocks: any order of changes leaves what a set would hold") {
  std::pmr::unsynchronized_pool_resource memory;
  std::mt19937 random(7);
  for (const int range : {300, 5'000, 100'000}) {
    Blocks blocks(memory);
    std::set<int> model;
    for (int i = 0; i < 20'000; ++i) {
      const int value = static_cast<int>(random() % static_cast<unsigned>(range));
      // First more comes than goes, later the other way round.
      if (random() % 20'000 > static_cast<unsigned>(i)) {
        CHECK(blocks.insert(value) == model.insert(value).second);
      } else {
        CHECK(blocks.erase(value) == (model.erase(value) > 0));
      }
      CHECK((blocks.find(value) != nullptr) == model.contains(value));
      REQUIRE(blocks.size() == model.size());
      if (!model.empty()) CHECK(blocks.front() == *model.begin());
    }
    CHECK(all_of(blocks) == std::vector<int>(model.begin(), model.end()));
    for (const int from : {-1, 0, range / 2, range}) {
      std::vector<int> behind;
      blocks.each_from(from, [&](int element) {
        behind.push_back(element);
        return true;
      });
      CHECK(behind == std::vector<int>(model.lower_bound(from), model.end()));
    }
  }
}

TEST_CASE("queue sorted blocks: what is appended fills whole blocks, and nothing stays of what goes") {
  std::pmr::unsynchronized_pool_resource memory;
  Blocks blocks(memory);
  constexpr int kCount = static_cast<int>(Blocks::kBlock) * 10;
  for (int i = 0; i < kCount; ++i) CHECK(blocks.insert(i));
  CHECK_FALSE(blocks.insert(kCount - 1));
  int seen = 0;
  blocks.each_from(kCount / 2, [&](int) { return ++seen < 3; });
  CHECK(seen == 3);
  for (int i = 0; i < kCount; ++i) CHECK(blocks.erase(i));
  CHECK(blocks.empty());
  CHECK_FALSE(blocks.erase(0));
  CHECK(blocks.find(0) == nullptr);
}
