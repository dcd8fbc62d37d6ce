#include "posthorn/bytes/crypto/password.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::crypto;

namespace {
constexpr Argon2Cost kCheap{1, 8192};
const std::string kSalt = "0123456789abcdef";
const Secret kPassword(View("correct horse"));
}  // namespace

TEST_CASE("a stored password matches, gives its key again, and no other does") {
  const auto made = make_password_key(kPassword, kSalt, kCheap);
  REQUIRE(made);
  CHECK(made->stored.starts_with("$argon2id-kdf$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg==$"));
  CHECK(made->key.reveal().size() == 32);
  const auto match = match_password(made->stored, kPassword);
  REQUIRE(match);
  CHECK(match->matches);
  CHECK(match->key.reveal() == made->key.reveal());
  for (const View other : {"correct horsf", "correct hors", ""}) {
    const auto none = match_password(made->stored, Secret(other));
    REQUIRE(none);
    CHECK(!none->matches);
    CHECK(none->key.empty());
  }
}

TEST_CASE("the stored text tells neither the run nor the key") {
  const auto run = argon2id(kPassword, kSalt, kCheap);
  const auto made = make_password_key(kPassword, kSalt, kCheap);
  REQUIRE(run);
  REQUIRE(made);
  // The usual text of the same run would hold it in base64 without padding: "...$" and 43 characters.
  const auto usual = match_password("$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$", kPassword);
  REQUIRE(usual);
  CHECK(!usual->matches);
  CHECK(made->key.reveal() != run->reveal());
}

TEST_CASE("match_password reads a hash that the reference program argon2 made") {
  // printf %s password | argon2 somesalt -id -t 2 -m 16 -p 1 -e: the vector of the reference implementation's test.c.
  const View stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  const auto match = match_password(stored, Secret(View("password")));
  REQUIRE(match);
  CHECK(match->matches);
  CHECK(match->key.empty());
  CHECK(!match_password(stored, Secret(View("passwort")))->matches);
}

TEST_CASE("a token needs no slow run and matches in the same way") {
  const Secret token(View("0123456789abcdef0123456789abcdef"));
  const PasswordKey made = make_token_key(token, kSalt);
  CHECK(made.stored.starts_with("$hkdf-sha256$"));
  const auto match = match_password(made.stored, token);
  REQUIRE(match);
  CHECK(match->matches);
  CHECK(match->key.reveal() == made.key.reveal());
  CHECK(!match_password(made.stored, kPassword)->matches);
}

TEST_CASE("other salts give other texts and keys") {
  const auto one = make_password_key(kPassword, kSalt, kCheap);
  const auto two = make_password_key(kPassword, "another salt 16.", kCheap);
  CHECK(one->stored != two->stored);
  CHECK(one->key.reveal() != two->key.reveal());
}

TEST_CASE("texts that are no stored password are corrupt, whatever is wrong") {
  const std::string good = make_password_key(kPassword, kSalt, kCheap)->stored;
  const auto code = [](View text) { return match_password(text, kPassword).error().code; };
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, good.size() - 1),
                                 good + std::string(200, 'A'), good + std::string("\0junk", 5), good + "$x", "x" + good,
                                 std::string("$argon2i$v=19$m=8,t=1,p=1$c29tZQ$c29tZQ"),
                                 std::string("$argon2id-kdf$v=16$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg==$x")}) {
    CAPTURE(bad);
    REQUIRE(!match_password(bad, kPassword));
    CHECK(code(bad) == Code::corrupt);
  }
}

TEST_CASE("a text that asks for absurd memory or time is refused without a run") {
  const std::string good = make_password_key(kPassword, kSalt, kCheap)->stored;
  const std::string tail = good.substr(good.find("$MDE"));
  for (const View cost : {"m=4294967295,t=1,p=1", "m=99999999999999999999,t=1,p=1", "m=8,t=4294967295,p=1",
                          "m=8,t=0,p=1", "m=0,t=1,p=1", "m=8,t=1,p=4", "m=8,t=1", "m=-8,t=1,p=1"}) {
    CAPTURE(cost);
    for (const View method : {"$argon2id-kdf$v=19$", "$argon2id$v=19$"}) {
      const auto match = match_password(own(method) + own(cost) + tail, kPassword);
      REQUIRE(!match);
      CHECK(match.error().code == Code::corrupt);
    }
  }
}

TEST_CASE("is_outdated compares method and cost") {
  const auto made = make_password_key(kPassword, kSalt, kCheap);
  CHECK(!is_outdated(made->stored, kCheap));
  CHECK(!is_outdated(made->stored, {1, 8192 + 1023}));  // kibibytes count
  CHECK(is_outdated(made->stored, {2, 8192}));
  CHECK(is_outdated(made->stored, {1, 16384}));
  CHECK(is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", kCheap));
  CHECK(is_outdated("", kCheap));
}
