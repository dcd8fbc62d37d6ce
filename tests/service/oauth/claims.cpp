#include "service/oauth/claims.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::oauth;

namespace {

const Rules kRules{.issuer = "https://as.example", .audience = "mail"};
constexpr WallTime kNow{std::chrono::seconds(1'000'000)};

/// The address, or the note of the refusal.
std::string judged(const std::string& claims, const Rules& rules = kRules) {
  const auto json = Json::parse_object("{" + claims + "}");
  REQUIRE(json);
  auto address = check_claims(*json, rules, kNow);
  if (!address) CHECK(address.error().code == Code::denied);
  return address ? *address : address.error().note;
}

const std::string kFrame = R"("iss":"https://as.example","sub":"ann@example.org","aud":"mail")";
std::string at(const std::string& times) { return judged(kFrame + "," + times); }

}  // namespace

TEST_CASE("claims: time, with a leeway of one minute") {
  CHECK(at(R"("exp":1000001)") == "ann@example.org");
  CHECK(at(R"("exp":999941)") == "ann@example.org");
  CHECK(at(R"("exp":999940)") == "token: expired");  // "on or after" (RFC 7519 section 4.1.4)
  CHECK(at(R"("exp":999941.5)") == "ann@example.org");
  CHECK(at(R"("exp":9223372036854775807)") == "ann@example.org");
  CHECK(at(R"("exp":-1)") == "token: expired");
  CHECK(at(R"("exp":1e300)") == "ann@example.org");
  CHECK(at(R"("iat":1)") == "token: without a time of expiry");
  CHECK(at(R"("exp":"1000001")") == "token: without a time of expiry");
  CHECK(at(R"("exp":null)") == "token: without a time of expiry");
  CHECK(at(R"("exp":1000001,"nbf":1000060,"iat":1000060)") == "ann@example.org");
  CHECK(at(R"("exp":1000001,"nbf":1000061)") == "token: not valid yet");
  CHECK(at(R"("exp":1000001,"nbf":"1")") == "token: not valid yet");
  CHECK(at(R"("exp":1000001,"iat":1000061)") == "token: issued in the future");
  CHECK(at(R"("exp":1000001,"iat":true)") == "token: issued in the future");
}

TEST_CASE("claims: issuer and audience") {
  const std::string rest = R"(,"exp":1000001,"sub":"ann@example.org")";
  CHECK(judged(R"("iss":"https://as.example","aud":["x","mail"])" + rest) == "ann@example.org");
  for (const char* audience :
       {R"("x")", R"("mail ")", R"("MAIL")", R"([])", R"(["x"])", R"(["mail",1])", "1", "null"}) {
    CAPTURE(audience);
    CHECK(judged(R"("iss":"https://as.example","aud":)" + std::string(audience) + rest) ==
          "token: for another audience");
  }
  CHECK(judged(R"("iss":"https://as.example")" + rest) == "token: for another audience");
  for (const char* issuer :
       {R"("https://as.example/")", R"("https://AS.example")", R"(["https://as.example"])", "null"}) {
    CAPTURE(issuer);
    CHECK(judged(R"("aud":"mail","iss":)" + std::string(issuer) + rest) == "token: another issuer");
  }
  CHECK(judged(R"("aud":"mail")" + rest) == "token: another issuer");
}

TEST_CASE("claims: whom they name") {
  const std::string rest = R"(,"iss":"https://as.example","aud":"mail","exp":1000001)";
  CHECK(judged(R"("email":"ann@example.org")" + rest) == "token: it names nobody");
  CHECK(judged(R"("sub":"")" + rest) == "token: it names nobody");
  CHECK(judged(R"("sub":["ann@example.org"])" + rest) == "token: it names nobody");
  Rules by_email = kRules;
  by_email.claim = "email";
  CHECK(judged(R"("sub":"7","email":"ann@example.org")" + rest, by_email) == "ann@example.org");
  CHECK(judged(R"("email":"ann@example.org","email_verified":true)" + rest, by_email) == "ann@example.org");
  for (const char* word : {"false", "\"true\"", "null", "1"}) {
    CAPTURE(word);
    CHECK(judged(R"("email":"ann@example.org","email_verified":)" + std::string(word) + rest, by_email) ==
          "token: its address is not verified");
  }
}

TEST_CASE("claims: scope") {
  const auto has = [](const std::string& claims, View wanted) {
    return has_scope(*Json::parse_object("{" + claims + "}"), wanted);
  };
  CHECK(has("", ""));
  CHECK(has(R"("scope":"openid mail")", "mail"));
  CHECK(has(R"("scope":"b a")", "a b"));
  CHECK(has(R"("scope":"a  b")", " a "));
  CHECK_FALSE(has(R"("scope":"a")", "a b"));
  CHECK_FALSE(has(R"("scope":"mailbox")", "mail"));
  CHECK_FALSE(has(R"("scope":"Mail")", "mail"));
  CHECK_FALSE(has(R"("scope":["mail"])", "mail"));
  CHECK_FALSE(has("", "mail"));
}
