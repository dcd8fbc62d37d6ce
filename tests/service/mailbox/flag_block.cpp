#include "service/mailbox/flag_block.h"

#include <map>
#include <random>

#include <doctest/doctest.h>

#include "service/mailbox/rows.h"

using namespace posthorn;
using namespace posthorn::mailbox;

TEST_CASE("flag block: what was set is found, until it is set anew or erased") {
  FlagBlock block;
  CHECK(block.empty());
  CHECK(block.find(Uid{130}) == nullptr);
  block.set(Uid{130}, {5, 1, {2, 3}});
  block.set(Uid{131}, {5, 1, {2, 3}});
  block.set(Uid{191}, {6, 0, {}});
  REQUIRE(block.find(Uid{130}) != nullptr);
  CHECK(*block.find(Uid{130}) == FlagState{5, 1, {2, 3}});
  CHECK(*block.find(Uid{191}) == FlagState{6, 0, {}});
  CHECK(block.find(Uid{128}) == nullptr);
  block.set(Uid{130}, {9, 2, {}});
  CHECK(*block.find(Uid{130}) == FlagState{9, 2, {}});
  CHECK(*block.find(Uid{131}) == FlagState{5, 1, {2, 3}});
  for (const std::uint32_t uid : {130U, 131U, 191U}) block.erase(Uid{uid});
  CHECK(block.empty());
  CHECK(encode(block).size() == 2);  // the version, and that there is no state
}

TEST_CASE("flag block: thousands of states in a row, the last ones stay") {
  std::mt19937 random(7);
  FlagBlock block;
  std::map<std::uint32_t, FlagState> model;
  for (std::uint64_t modseq = 1; modseq < 5'000; ++modseq) {
    const std::uint32_t uid = 640 + random() % FlagBlock::kUids;
    if (random() % 8 == 0) {
      block.erase(Uid{uid});
      model.erase(uid);
    } else {
      const FlagState state{
          modseq, static_cast<std::uint8_t>(random() % 32), {static_cast<std::uint16_t>(random() % 3)}};
      block.set(Uid{uid}, state);
      model[uid] = state;
    }
    if (modseq % 50 != 0) continue;
    CHECK(encode(block).size() <= block.octets());
    const Result<FlagBlock> read = decode_flags(encode(block));
    REQUIRE(read.has_value());
    for (const FlagBlock* one : std::initializer_list<const FlagBlock*>{&block, &*read}) {
      for (std::uint32_t i = 640; i < 640 + FlagBlock::kUids; ++i) {
        const FlagState* found = one->find(Uid{i});
        REQUIRE((found != nullptr) == model.contains(i));
        if (found != nullptr) REQUIRE(*found == model.at(i));
      }
    }
    if (modseq % 500 == 0) block = *read;
  }
}
