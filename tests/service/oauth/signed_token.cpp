#include "service/oauth/signed_token.h"

#include <doctest/doctest.h>

#include "posthorn/service/oauth/access_token_judge.h"

#include "service/oauth/tokens.h"

using namespace posthorn;
using namespace posthorn::oauth;
using crypto::SignatureScheme;

namespace {

View note_of(View token) {
  static std::string note;
  const auto read = parse_token(token);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::denied);
  note = read.error().note;
  return note;
}

std::string with_header(const std::string& header) { return testing::signed_token(header, "{}"); }

}  // namespace

TEST_CASE("a token's parts: the published ones") {
  const auto rsa = parse_token(testing::kRsaToken);
  REQUIRE(rsa);
  CHECK(rsa->scheme == SignatureScheme::rsa_pkcs1_sha256);
  CHECK(rsa->payload == "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
  CHECK(rsa->signed_octets == testing::kRsaToken.substr(0, testing::kRsaToken.rfind('.')));
  CHECK(rsa->signature.size() == 256);
  CHECK(rsa->key_id.empty());
  CHECK(rsa->type.empty());
  CHECK(parse_token(testing::kCurveToken)->scheme == SignatureScheme::ecdsa_p256_sha256);
  CHECK(parse_token(testing::kEdwardsToken)->scheme == SignatureScheme::ed25519);
  CHECK(parse_token(testing::kEdwardsToken)->payload == "Example of Ed25519 signing");
}

TEST_CASE("a token's header: type and key") {
  const std::string token = with_header(R"({"alg":"Ed25519","kid":"k1","typ":"application/AT+JWT"})");
  const auto read = parse_token(token);
  REQUIRE(read);
  CHECK(read->scheme == SignatureScheme::ed25519);
  CHECK(read->key_id == "k1");
  CHECK(read->type == "AT+JWT");
}

TEST_CASE("tokens that are not read") {
  constexpr View kAlgorithm = "token: its algorithm is not accepted";
  // RFC 7515 appendices A.1 and A.5.
  CHECK(note_of(testing::kSecretToken) == kAlgorithm);
  CHECK(note_of(testing::kUnsecuredToken) == "token: not three parts of base64url");
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"HS512"})", R"({"alg":"RS512"})",
                             R"({"alg":"rs256"})", R"({"alg":"RS256 "})", R"({"alg":""})", R"({"alg":7})", "{}"}) {
    CAPTURE(header);
    CHECK(note_of(with_header(header)) == kAlgorithm);
  }
  CHECK(note_of(with_header(R"({"alg":"EdDSA","crit":["b64"],"b64":false})")) ==
        "token: it has extensions that must be understood");
  CHECK(note_of(with_header(R"({"alg":"EdDSA","kid":1})")) == "token: kid or typ is no text");
  CHECK(note_of(with_header(R"({"alg":"EdDSA","typ":[]})")) == "token: kid or typ is no text");
  CHECK(note_of(with_header("[]")) == "token: the header is no object of JSON");
  CHECK(note_of(with_header(R"({"alg":"none","alg":"EdDSA"})")) == "token: the header is no object of JSON");
  const std::string good = with_header(R"({"alg":"EdDSA"})");
  REQUIRE(parse_token(good));
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".", good + ".x", "." + good,
        good + "=", good + "\n", " " + good, good.substr(0, good.rfind('.')), good.substr(0, good.rfind('.') + 1)}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_token(bad));
  }
  const std::string much(kMaxTokenOctets, ' ');
  CHECK(note_of(testing::signed_token(R"({"alg":"EdDSA"})", "{" + much + "}")) == "token: too long");
}
