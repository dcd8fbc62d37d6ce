#include "posthorn/bytes/crypto/hpke.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::crypto;

namespace {

std::string octets(View hex) { return codec::hex_decode(hex).value(); }

// RFC 9180 appendix A.2.1.
const std::string kInfo = octets("4f6465206f6e2061204772656369616e2055726e");
const std::string kEphemeral = octets("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600");
const std::string kEncapsulated = octets("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
const std::string kRecipient = octets("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
const std::string kRecipientPublic = octets("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
const std::string kPlain = octets("4265617574792069732074727574682c20747275746820626561757479");

}  // namespace

TEST_CASE("HPKE gives the octets of RFC 9180 appendix A.2.1") {
  CHECK(*hpke_public_key(kRecipient) == kRecipientPublic);
  const auto sender = hpke_send_with(kEphemeral, kRecipientPublic, kInfo);
  REQUIRE(sender);
  CHECK(sender->encapsulated == kEncapsulated);
  CHECK(codec::hex_encode(sender->context.seal(0, octets("436f756e742d30"), kPlain)) ==
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28");
  CHECK(codec::hex_encode(sender->context.seal(1, octets("436f756e742d31"), kPlain)) ==
        "6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c");
  const auto receiver = hpke_receive(kRecipient, kRecipientPublic, kEncapsulated, kInfo);
  REQUIRE(receiver);
  const auto opened = receiver->open(
      1, octets("436f756e742d31"),
      octets("6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c"));
  REQUIRE(opened);
  CHECK(opened->reveal() == kPlain);
}

TEST_CASE("only the right key, purpose, number and words open") {
  posthorn::testing::SeededRandom random(1);
  const HpkeKeyPair mine = make_hpke_key_pair(random);
  const HpkeKeyPair other = make_hpke_key_pair(random);
  const auto sender = hpke_send(mine.public_key, "purpose", random);
  REQUIRE(sender);
  const std::string sealed = sender->context.seal(7, "words", "text");
  const auto with = [&](const HpkeKeyPair& key, View info) {
    return hpke_receive(key.private_key.reveal(), key.public_key, sender->encapsulated, info).value();
  };
  CHECK(with(mine, "purpose").open(7, "words", sealed)->reveal() == "text");
  CHECK(with(mine, "purpose").open(8, "words", sealed).error().code == Code::denied);
  CHECK(with(mine, "purpose").open(7, "word", sealed).error().code == Code::denied);
  CHECK(with(mine, "other").open(7, "words", sealed).error().code == Code::denied);
  CHECK(with(other, "purpose").open(7, "words", sealed).error().code == Code::denied);
  CHECK(with(mine, "purpose").open(7, "words", View(sealed).substr(1)).error().code == Code::denied);
}

TEST_CASE("keys that give everybody the same secret are refused") {
  posthorn::testing::SeededRandom random(2);
  const HpkeKeyPair mine = make_hpke_key_pair(random);
  const std::string zero(32, '\0');
  CHECK(hpke_send(zero, "x", random).error().code == Code::misuse);
  CHECK(hpke_send("short", "x", random).error().code == Code::misuse);
  CHECK(hpke_receive(mine.private_key.reveal(), mine.public_key, zero, "x").error().code == Code::corrupt);
  CHECK(hpke_receive(mine.private_key.reveal(), mine.public_key, "short", "x").error().code == Code::corrupt);
  CHECK(hpke_receive("short", mine.public_key, mine.public_key, "x").error().code == Code::misuse);
  CHECK(hpke_public_key("short").error().code == Code::misuse);
}
