#include "posthorn/bytes/crypto/kdf.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"

using namespace posthorn;
using namespace posthorn::crypto;

namespace {
std::string octets(View hex) { return codec::hex_decode(hex).value(); }
std::string hex(const Secret& secret) { return codec::hex_encode(secret.reveal()); }
}  // namespace

TEST_CASE("HKDF gives the keys of RFC 5869 appendix A") {
  SUBCASE("A.1") {
    const Secret key = hkdf_extract(octets("000102030405060708090a0b0c"), std::string(22, '\x0b'));
    CHECK(hex(key) == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    CHECK(hex(hkdf_expand(key.reveal(), octets("f0f1f2f3f4f5f6f7f8f9"), 42)) ==
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  }
  SUBCASE("A.3: no salt and no info") {
    const Secret key = hkdf_extract({}, std::string(22, '\x0b'));
    CHECK(hex(key) == "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    CHECK(hex(hkdf_expand(key.reveal(), {}, 42)) ==
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  }
}

TEST_CASE("argon2id gives the key of the reference implementation") {
  // Made by the reference program:
  // printf %s password | argon2 somesaltsomesalt -id -t 2 -m 16 -p 1 -r
  const auto key = argon2id(Secret(View("password")), "somesaltsomesalt", {2, 64U << 20U});
  REQUIRE(key);
  CHECK(hex(*key) == "fc33b78139231d34b71626bd6245c1d72efa190ad605c3d8166a72adcedfa2c2");
}

TEST_CASE("argon2id refuses what nobody would choose") {
  const Secret password(View("x"));
  const std::string salt(16, 's');
  CHECK(argon2id(password, "short", {}).error().code == Code::misuse);
  CHECK(argon2id(password, salt, {0, 8192}).error().code == Code::misuse);
  CHECK(argon2id(password, salt, {1, 8191}).error().code == Code::misuse);
  CHECK(argon2id(password, salt, {101, 8192}).error().code == Code::misuse);
  CHECK(argon2id(password, salt, {1, (std::size_t{4} << 30U) + 1}).error().code == Code::misuse);
  CHECK(argon2id(password, salt, {~std::uint64_t{0}, ~std::size_t{0}}).error().code == Code::misuse);
}
