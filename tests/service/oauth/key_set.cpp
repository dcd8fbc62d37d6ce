#include "service/oauth/key_set.h"

#include <doctest/doctest.h>

#include "posthorn/service/oauth/access_token_judge.h"

#include "service/oauth/tokens.h"

using namespace posthorn;
using namespace posthorn::oauth;
using testing::key_set;
using Finding = KeySet::Finding;

namespace {

Finding finding(const std::string& set, View token) {
  const auto keys = KeySet::parse(set);
  REQUIRE(keys);
  const auto read = parse_token(token);
  REQUIRE(read);
  return keys->verify(*read);
}

std::string note_of(const std::string& set) {
  const auto keys = KeySet::parse(set);
  REQUIRE_FALSE(keys);
  return keys.error().note;
}

/// A key with one more member.
std::string with(View key, const std::string& member) {
  return own(key.substr(0, key.size() - 1)) + "," + member + "}";
}

}  // namespace

TEST_CASE("key sets: each published token verifies with its own key only") {
  const std::string all = key_set(testing::kRsaKey, testing::kCurveKey, testing::kEdwardsKey);
  for (const View token : {testing::kRsaToken, testing::kCurveToken, testing::kEdwardsToken}) {
    CHECK(finding(all, token) == Finding::verified);
  }
  CHECK(finding(key_set(testing::kRsaKey), testing::kCurveToken) == Finding::unknown);
  CHECK(finding(key_set(testing::kCurveKey), testing::kEdwardsToken) == Finding::unknown);
  CHECK(finding(key_set(testing::kEdwardsKey), testing::kRsaToken) == Finding::unknown);
}

TEST_CASE("key sets: the key that a token names decides") {
  constexpr View kOther = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
  const std::string set = key_set(testing::kEdwardsKey);
  CHECK(finding(set, testing::signed_token(R"({"alg":"EdDSA","kid":"ed"})", "{}")) == Finding::verified);
  CHECK(finding(set, testing::signed_token(R"({"alg":"Ed25519","kid":"ed"})", "{}")) == Finding::verified);
  CHECK(finding(set, testing::signed_token(R"({"alg":"EdDSA"})", "{}")) == Finding::verified);
  CHECK(finding(set, testing::signed_token(R"({"alg":"EdDSA","kid":"other"})", "{}")) == Finding::unknown);
  CHECK(finding(set, testing::signed_with(kOther, R"({"alg":"EdDSA","kid":"ed"})", "{}")) == Finding::refused);
  CHECK(finding(set, testing::signed_with(kOther, R"({"alg":"EdDSA"})", "{}")) == Finding::unknown);
  // The key of one algorithm is no key of another.
  CHECK(finding(set, testing::signed_token(R"({"alg":"RS256","kid":"ed"})", "{}")) == Finding::unknown);
  CHECK(finding(set, testing::signed_token(R"({"alg":"ES256","kid":"ed"})", "{}")) == Finding::unknown);
}

TEST_CASE("key sets: RFC 7517 appendix A.1 has a key for encryption too") {
  const auto keys =
      KeySet::parse(key_set(R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                            R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"})",
                            with(testing::kRsaKey, R"("alg":"RS256","kid":"2011-04-29")")));
  REQUIRE(keys);
  CHECK(keys->size() == 1);
}

TEST_CASE("key sets: what is passed over") {
  const auto count = [](const std::string& key) {
    const auto keys = KeySet::parse(key_set(testing::kCurveKey, key));
    REQUIRE(keys);
    return keys->size() - 1;
  };
  CHECK(count(with(testing::kEdwardsKey, R"("use":"sig","key_ops":["verify"],"alg":"EdDSA")")) == 1);
  CHECK(count(with(testing::kEdwardsKey, R"("alg":"Ed25519")")) == 1);
  for (const char* member : {R"("use":"enc")", R"("use":1)", R"("key_ops":["encrypt"])", R"("key_ops":"verify")",
                             R"("alg":"RS256")", R"("alg":"HS256")", R"("alg":null)"}) {
    CAPTURE(member);
    CHECK(count(with(testing::kEdwardsKey, member)) == 0);
  }
  CHECK(count(with(testing::kRsaKey, R"("alg":"PS256")")) == 0);
  // RFC 7517 appendix A.3: a shared secret is no public key.
  CHECK(
      count(R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgU)"
            R"(uTwjAzZr1Z9CAow"})") == 0);
  CHECK(count(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})") == 0);
  CHECK(count("{}") == 0);
}

TEST_CASE("key sets: what is wrong is said") {
  CHECK(note_of("") == "the key set is no object of JSON, or has a name twice");
  CHECK(note_of(own(testing::kRsaKey)) == "the key set has no list of objects 'keys'");
  CHECK(note_of(R"({"keys":{}})") == "the key set has no list of objects 'keys'");
  CHECK(note_of(R"({"keys":[1]})") == "the key set has no list of objects 'keys'");
  CHECK(note_of(R"({"keys":[]})") == "the key set has no key for RS256, ES256 or EdDSA");
  CHECK(note_of(key_set(testing::kRsaKey, R"({"kty":"RSA","n":"AQAB","e":"AQAB"})")) ==
        "key 2: an RSA modulus must have from 2048 to 8192 bits");
  CHECK(note_of(key_set(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="})")) ==
        "key 1: an Ed25519 key has 32 octets");
  CHECK(note_of(key_set(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                        R"("y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})")) ==
        "key 1: no public key of its kind");
  CHECK(note_of(key_set(testing::kEdwardsKey) + std::string(kMaxKeySetOctets, ' ')) == "the key set is too long");
  std::string many = "{}";
  for (std::size_t i = 0; i < kMaxKeys; ++i) many += ",{}";
  CHECK(note_of(key_set(many)) == "the key set has too many keys");
}
