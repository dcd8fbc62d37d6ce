#include "service/vault/capsule.h"

#include "service/vault/fixture.h"

using namespace posthorn;
using namespace posthorn::vault;
using namespace posthorn::vault::testing;

TEST_CASE("a capsule is read as it is written") {
  Box box;
  const Sealed sealed = box.seal("text");
  const auto capsule = decode_capsule(sealed.capsule);
  REQUIRE(capsule);
  CHECK(capsule->facts.generation == 1);
  CHECK(!capsule->facts.padded);
  CHECK(capsule->sequence == 0);
  CHECK(capsule_words(capsule->facts, capsule->message_id, capsule->encapsulated, capsule->sequence) == capsule->words);
  CHECK(own(capsule->words).append(capsule->wrapped) == sealed.capsule);
}

TEST_CASE("what is no capsule is told from a newer one") {
  Box box;
  const std::string good = box.seal("text").capsule;
  for (std::size_t count = 0; count < good.size(); ++count) {
    CHECK(decode_capsule(View(good).substr(0, count)).error().code == Code::corrupt);
  }
  CHECK(decode_capsule(good + "x").error().code == Code::corrupt);
  std::string flags = good;
  flags[1] = 2;
  CHECK(decode_capsule(flags).error().code == Code::corrupt);
  std::string newer = good;
  newer[0] = 2;
  CHECK(decode_capsule(newer).error().code == Code::unsupported);
  CHECK(decode_capsule(std::string("\x02")).error().code == Code::unsupported);
}

TEST_CASE("numbers are big-endian") {
  CHECK(big_endian(std::uint32_t{0x01020304}) == "\x01\x02\x03\x04");
  CHECK(read_big_endian<std::uint32_t>("\x01\x02\x03\x04") == 0x01020304);
  CHECK(read_big_endian<std::uint64_t>(big_endian(~std::uint64_t{1})) == ~std::uint64_t{1});
}
