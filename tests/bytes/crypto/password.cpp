#include "posthorn/bytes/crypto/password.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::crypto;

namespace {
constexpr PasswordCost kCheap{1, 8192};
}

TEST_CASE("a hashed password verifies and no other does") {
  const auto stored = hash_password(Secret(View("correct horse")), kCheap);
  REQUIRE(stored);
  CHECK(stored->starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CHECK(verify_password(*stored, Secret(View("correct horse"))));
  CHECK(!verify_password(*stored, Secret(View("correct horsf"))));
  CHECK(!verify_password(*stored, Secret(View("correct hors"))));
  CHECK(!verify_password(*stored, Secret()));
}

TEST_CASE("verify_password reads a hash that the reference program argon2 made") {
  // printf %s password | argon2 somesalt -id -t 2 -m 16 -p 1 -e: the vector of the reference implementation's test.c.
  CHECK(verify_password("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                        Secret(View("password"))));
}

TEST_CASE("two hashes of one password differ") {
  const Secret password(View("same"));
  CHECK(*hash_password(password, kCheap) != *hash_password(password, kCheap));
}

TEST_CASE("verify_password refuses texts that are no hash") {
  const Secret password(View("x"));
  const auto stored = hash_password(password, kCheap);
  REQUIRE(stored);
  CHECK(!verify_password("", password));
  CHECK(!verify_password("x", password));
  CHECK(!verify_password(stored->substr(0, stored->size() - 1), password));
  CHECK(!verify_password(*stored + std::string(200, 'A'), password));
  CHECK(!verify_password(*stored + std::string("\0junk", 5), password));
}

TEST_CASE("needs_rehash compares the cost") {
  const auto stored = hash_password(Secret(View("x")), kCheap);
  REQUIRE(stored);
  CHECK(!needs_rehash(*stored, kCheap));
  CHECK(needs_rehash(*stored, {2, 8192}));
  CHECK(needs_rehash(*stored, {1, 65536}));
  CHECK(needs_rehash("nonsense", kCheap));
}

TEST_CASE("hash_password refuses costs that are out of range") {
  for (const PasswordCost cost : {PasswordCost{0, 8192}, PasswordCost{1, 1}}) {
    const auto r = hash_password(Secret(View("x")), cost);
    REQUIRE(!r);
    CHECK(r.error().code == Code::misuse);
  }
}
