#include "posthorn/service/oauth/access_token_judge.h"

#include <doctest/doctest.h>

#include "service/oauth/tokens.h"

using namespace posthorn;
using namespace posthorn::oauth;

namespace {

constexpr WallTime kNow{std::chrono::seconds(1'000'000)};
constexpr View kOtherSeed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// The public key of kOtherSeed.
std::string other_key(const std::string& id) {
  std::string pair(crypto_sign_SECRETKEYBYTES, '\0');
  std::string point(crypto_sign_PUBLICKEYBYTES, '\0');
  const std::string seed = codec::base64url_decode(kOtherSeed).value();
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(point.data()),
                           reinterpret_cast<unsigned char*>(pair.data()),
                           reinterpret_cast<const unsigned char*>(seed.data()));
  return R"({"kty":"OKP","crv":"Ed25519","kid":")" + id + R"(","x":")" + testing::base64url(point) + "\"}";
}

/// A judge over a file of keys that the test writes.
struct Bench {
  Result<std::string> file = testing::key_set(testing::kEdwardsKey);
  int reads = 0;
  std::string told;
  Rules rules{.issuer = "https://as.example",
              .audience = "mail",
              .scope = "mail",
              .configuration = "https://as.example/.well-known/openid-configuration"};
  std::unique_ptr<AccessTokenJudge> judge = make().value();

  Result<std::unique_ptr<AccessTokenJudge>> make() {
    KeySource source;
    source.name = "keys.json";
    source.read = [this] {
      ++reads;
      return file;
    };
    source.failed = [this](View note) { told = own(note); };
    return AccessTokenJudge::make(rules, std::move(source), kNow);
  }
  sasl::TokenVerdict ask(const std::string& token, WallTime now = kNow) const {
    return judge->judge({.token = Secret(View(token))}, now);
  }
  /// The address, or the note of the refusal.
  std::string word(const std::string& token, WallTime now = kNow) const {
    const auto verdict = ask(token, now);
    const auto* address = std::get_if<std::string>(&verdict);
    return address != nullptr ? *address : std::get<sasl::TokenRefusal>(verdict).error.note;
  }
};

const std::string kClaims =
    R"({"iss":"https://as.example","sub":"ann@example.org","aud":"mail","exp":1003600,"iat":999999,"scope":"mail openid"})";

std::string good() { return testing::signed_token(R"({"alg":"EdDSA","kid":"ed","typ":"at+jwt"})", kClaims); }
std::string new_key() {
  return testing::signed_with(kOtherSeed, R"({"alg":"EdDSA","kid":"new","typ":"at+jwt"})", kClaims);
}

}  // namespace

TEST_CASE("access tokens: who is named comes in until the token expires") {
  const Bench bench;
  CHECK(bench.word(good()) == "ann@example.org");
  CHECK(bench.word(good(), kNow + std::chrono::seconds(3659)) == "ann@example.org");
  CHECK(bench.word(good(), kNow + std::chrono::seconds(3660)) == "token: expired");
}

TEST_CASE("access tokens: a refusal says what a token should be (RFC 7628 section 3.2.2)") {
  const Bench bench;
  const auto refusal = [&](const std::string& token) { return std::get<sasl::TokenRefusal>(bench.ask(token)); };
  for (const std::string& token : {std::string(), std::string("x"), own(testing::kRsaToken)}) {
    CHECK(refusal(token).error.code == Code::denied);
    CHECK(refusal(token).status == "invalid_token");
    CHECK(refusal(token).scope == "mail");
    CHECK(refusal(token).configuration == "https://as.example/.well-known/openid-configuration");
  }
  const std::string without = testing::signed_token(
      R"({"alg":"EdDSA","kid":"ed","typ":"at+jwt"})",
      R"({"iss":"https://as.example","sub":"ann@example.org","aud":"mail","exp":1003600,"scope":"openid"})");
  CHECK(refusal(without).status == "insufficient_scope");  // RFC 6750 section 3.1
}

TEST_CASE("access tokens: type, signature and claims") {
  Bench bench;
  const auto typed = [&](const std::string& type) {
    return bench.word(testing::signed_token(R"({"alg":"EdDSA","kid":"ed")" + type + "}", kClaims));
  };
  CHECK(typed(R"(,"typ":"application/at+jwt")") == "ann@example.org");
  CHECK(typed(R"(,"typ":"AT+JWT")") == "ann@example.org");
  CHECK(typed(R"(,"typ":"JWT")") == "token: of another type");
  CHECK(typed("") == "token: of another type");
  const std::string token = good();
  const std::size_t dot = token.find('.');
  std::string forged = token;
  forged[dot + 20] = forged[dot + 20] == 'A' ? 'B' : 'A';
  CHECK(bench.word(forged) == "token: the signature is wrong");
  CHECK(bench.word(testing::signed_token(R"({"alg":"EdDSA","typ":"at+jwt"})", "[]")) ==
        "token: the claims are no object of JSON");
  CHECK(bench.word(testing::signed_token(R"({"alg":"EdDSA","typ":"at+jwt"})", "{}")) == "token: another issuer");
  bench.rules.type.clear();
  bench.judge = bench.make().value();
  CHECK(typed("") == "ann@example.org");
  CHECK(typed(R"(,"typ":"JWT")") == "ann@example.org");
}

TEST_CASE("access tokens: an unknown key has the set read again, once in ten seconds") {
  Bench bench;
  CHECK(bench.reads == 1);
  bench.file = testing::key_set(testing::kEdwardsKey, other_key("new"));
  CHECK(bench.word(new_key(), kNow + std::chrono::seconds(9)) == "token: signed with no key of the set");
  CHECK(bench.reads == 1);
  CHECK(bench.word(new_key(), kNow + std::chrono::seconds(10)) == "ann@example.org");
  CHECK(bench.reads == 2);
  CHECK(bench.word(new_key(), kNow + std::chrono::seconds(30)) == "ann@example.org");
  CHECK(bench.word(good(), kNow + std::chrono::seconds(30)) == "ann@example.org");
  CHECK(bench.reads == 2);
  // A wrong signature of a known key asks for nothing.
  CHECK(bench.word(testing::signed_with(kOtherSeed, R"({"alg":"EdDSA","kid":"ed","typ":"at+jwt"})", kClaims),
                   kNow + std::chrono::seconds(60)) == "token: the signature is wrong");
  CHECK(bench.reads == 2);
  // The key that is gone is not believed any more.
  bench.file = testing::key_set(other_key("newer"));
  const auto later = kNow + std::chrono::seconds(90);
  CHECK(bench.word(testing::signed_with(kOtherSeed, R"({"alg":"EdDSA","kid":"newer","typ":"at+jwt"})", kClaims),
                   later) == "ann@example.org");
  CHECK(bench.word(good(), later) == "token: signed with no key of the set");
}

TEST_CASE("access tokens: a clock that is set back does not stop the reading") {
  Bench bench;
  bench.file = testing::key_set(other_key("new"));
  CHECK(bench.word(new_key(), kNow - std::chrono::seconds(30)) == "ann@example.org");
}

TEST_CASE("access tokens: keys without names rotate too") {
  Bench bench;
  bench.file = testing::key_set(other_key(""));
  const auto token = testing::signed_with(kOtherSeed, R"({"alg":"EdDSA","typ":"at+jwt"})", kClaims);
  CHECK(bench.word(token, kNow + std::chrono::seconds(20)) == "ann@example.org");
}

TEST_CASE("access tokens: a set that cannot be read leaves the old one and lets nobody new in") {
  Bench bench;
  bench.file = fail(environment_error(Code::unavailable, "Permission denied"));
  CHECK(bench.word(new_key(), kNow + std::chrono::seconds(20)) == "token: signed with no key of the set");
  CHECK(bench.told == "keys.json: Permission denied");
  CHECK(bench.word(good(), kNow + std::chrono::seconds(20)) == "ann@example.org");
  bench.file = "{";
  const auto reloaded = bench.judge->reload(kNow);
  REQUIRE_FALSE(reloaded);
  CHECK(reloaded.error().note == "keys.json: the key set is no object of JSON, or has a name twice");
  CHECK(bench.word(good()) == "ann@example.org");
  CHECK_FALSE(bench.make());
  bench.file = testing::key_set(other_key("new"));
  CHECK(bench.judge->reload(kNow));
  CHECK(bench.word(new_key()) == "ann@example.org");
  CHECK(bench.word(good()) == "token: signed with no key of the set");
}
