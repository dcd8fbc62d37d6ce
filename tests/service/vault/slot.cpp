#include "posthorn/service/vault/slot.h"

#include "service/vault/fixture.h"

using namespace posthorn;
using namespace posthorn::vault;
using namespace posthorn::vault::testing;

namespace {
const Secret kSlotKey(std::string(32, 'k'));
}

TEST_CASE("a slot opens for its credential, its mailbox, its kind and its name only") {
  posthorn::testing::SeededRandom random(5);
  const KeyPair pair = make_key_pair({7, 1}, random);
  const Slot slot =
      wrap(pair.public_key, pair.private_key.reveal(), SlotKind::app_password, "phone", "m", kSlotKey, random);
  CHECK(unwrap(pair.public_key, slot, kSlotKey)->reveal() == pair.private_key.reveal());
  const auto code = [&](PublicKey key, const Slot& tried, const Secret& slot_key) {
    const auto opened = unwrap(key, tried, slot_key);
    return opened ? "opened" : own(name_of(opened.error().code));
  };
  CHECK(code(pair.public_key, slot, Secret(std::string(32, 'x'))) == "denied");
  CHECK(code(pair.public_key, slot, Secret()) == "denied");
  CHECK(code({{8, 1}, pair.public_key.octets}, slot, kSlotKey) == "denied");
  CHECK(code({{7, 2}, pair.public_key.octets}, slot, kSlotKey) == "denied");
  Slot renamed = slot;
  renamed.name = "phon";
  CHECK(code(pair.public_key, renamed, kSlotKey) == "denied");
  Slot other = slot;
  other.kind = SlotKind::recovery;
  CHECK(code(pair.public_key, other, kSlotKey) == "denied");
}

TEST_CASE("a damaged slot opens nothing, whatever is damaged") {
  posthorn::testing::SeededRandom random(6);
  const KeyPair pair = make_key_pair({7, 1}, random);
  const Slot slot = wrap(pair.public_key, pair.private_key.reveal(), SlotKind::password, {}, "m", kSlotKey, random);
  for (std::size_t i = 0; i < slot.wrapped.size(); ++i) {
    Slot changed = slot;
    changed.wrapped[i] = static_cast<char>(changed.wrapped[i] ^ 1);
    CHECK(unwrap(pair.public_key, changed, kSlotKey).error().code == Code::denied);
    changed.wrapped = slot.wrapped.substr(0, i);
    CHECK(unwrap(pair.public_key, changed, kSlotKey).error().code == Code::denied);
  }
  // A slot that somebody made with another private key must not pass for this mailbox's.
  const Slot foreign = wrap(pair.public_key, std::string(32, 'p'), SlotKind::password, {}, "m", kSlotKey, random);
  CHECK(unwrap(pair.public_key, foreign, kSlotKey).error().code == Code::corrupt);
  const Slot short_one = wrap(pair.public_key, "short", SlotKind::password, {}, "m", kSlotKey, random);
  CHECK(unwrap(pair.public_key, short_one, kSlotKey).error().code == Code::corrupt);
}

TEST_CASE("slots are found by kind and name and replace each other") {
  Generation generation;
  generation.put({SlotKind::password, "", "one", "w"});
  generation.put({SlotKind::app_password, "phone", "two", "w"});
  generation.put({SlotKind::app_password, "desk", "three", "w"});
  generation.put({SlotKind::password, "", "four", "w"});
  CHECK(generation.slots.size() == 3);
  CHECK(generation.find(SlotKind::password)->method == "four");
  CHECK(generation.find(SlotKind::app_password, "phone")->method == "two");
  CHECK(generation.find(SlotKind::recovery) == nullptr);
  CHECK(generation.erase(SlotKind::app_password, "phone"));
  CHECK(!generation.erase(SlotKind::app_password, "phone"));
}

TEST_CASE("every kind has a word, and every word its kind") {
  for (const SlotKind kind : {SlotKind::password, SlotKind::app_password, SlotKind::recovery, SlotKind::scram}) {
    CHECK(slot_kind(name_of(kind)) == kind);
  }
  CHECK(!slot_kind("other"));
}

TEST_CASE("old generations follow the ones they were handed on to") {
  posthorn::testing::SeededRandom random(8);
  std::vector<KeyPair> pairs;
  std::vector<Generation> generations;
  for (std::uint32_t n = 1; n <= 4; ++n) {
    pairs.push_back(make_key_pair({7, n}, random));
    generations.emplace_back().key = pairs.back().public_key;
  }
  // 1 leads to 2, 2 to 4, 3 to nothing.
  generations[0].forward = hand_on(generations[0], pairs[0].private_key.reveal(), pairs[1].public_key, random).value();
  generations[1].forward = hand_on(generations[1], pairs[1].private_key.reveal(), pairs[3].public_key, random).value();
  CHECK(hand_on(generations[2], pairs[0].private_key.reveal(), pairs[3].public_key, random).error().code ==
        Code::misuse);
  OpenKeys keys(7);
  REQUIRE(keys.add(4, pairs[3].private_key));
  follow(keys, generations);
  CHECK(keys.holds(2));
  CHECK(keys.holds(1));
  CHECK(!keys.holds(3));
  CHECK(*keys.reveal(1) == pairs[0].private_key.reveal());

  SUBCASE("a damaged one keeps nobody from the others") {
    generations[1].forward->sealed[3] ^= 1;
    OpenKeys some(7);
    REQUIRE(some.add(4, pairs[3].private_key));
    follow(some, generations);
    CHECK(!some.holds(2));
    CHECK(!some.holds(1));
    CHECK(some.holds(4));
  }
}
