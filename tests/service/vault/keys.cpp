#include "posthorn/service/vault/keys.h"

#include "service/vault/fixture.h"

using namespace posthorn;
using namespace posthorn::vault;
using namespace posthorn::vault::testing;

TEST_CASE("opened keys know their generations") {
  posthorn::testing::SeededRandom random(3);
  const KeyPair one = make_key_pair({7, 1}, random);
  OpenKeys keys(7);
  CHECK(keys.empty());
  REQUIRE(keys.add(1, one.private_key));
  CHECK(keys.holds(1));
  CHECK(!keys.holds(2));
  CHECK(*keys.reveal(1) == one.private_key.reveal());
  CHECK(!keys.reveal(2));
  CHECK(keys.add(2, Secret(View("short"))).error().code == Code::misuse);
  CHECK(!keys.holds(2));
}

TEST_CASE("more encapsulations than are remembered still open") {
  posthorn::testing::SeededRandom random(4);
  const KeyPair pair = make_key_pair({7, 1}, random);
  OpenKeys keys(7);
  REQUIRE(keys.add(1, pair.private_key));
  std::vector<crypto::HpkeSender> senders;
  for (int i = 0; i < 3; ++i) senders.push_back(crypto::hpke_send(pair.public_key.octets, "x", random).value());
  for (int round = 0; round < 2; ++round) {
    for (const crypto::HpkeSender& sender : senders) {
      const auto context = keys.receive(1, sender.encapsulated, "x");
      REQUIRE(context);
      CHECK((*context)->open(5, "", sender.context.seal(5, "", "text"))->reveal() == "text");
    }
  }
  CHECK(keys.receive(2, senders[0].encapsulated, "x").error().code == Code::sealed);
  CHECK(keys.receive(1, "short", "x").error().code == Code::corrupt);
}
