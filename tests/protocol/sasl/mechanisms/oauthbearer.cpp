#include "protocol/sasl/mechanisms/oauthbearer.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;

namespace {
/// The token of RFC 7628 section 4.1.
constexpr View kToken = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

std::string message(View head, View pairs) { return own(head) + "\x01" + own(pairs) + "\x01"; }
std::string auth(View token = kToken) { return "auth=Bearer " + own(token) + "\x01"; }

Step answer(const std::string& octets) {
  FakeVerifier verifier{{"user@example.com", own(kToken)}};
  return mechanism::oauthbearer::serve({&verifier, nullptr, {}, false})->step(octets);
}
}  // namespace

TEST_CASE("OAUTHBEARER: the exchange of RFC 7628 section 4.1") {
  const std::string octets = message("n,a=user@example.com,", "host=server.example.com\x01port=143\x01" + auth());
  CHECK(std::get<Success>(answer(octets)).login == "user@example.com");
  const auto client = mechanism::oauthbearer::use(
      {.login = "user@example.com", .password = Secret(kToken), .host = "server.example.com", .port = 143});
  CHECK(*client->respond("") == octets);
}

TEST_CASE("OAUTHBEARER: a refusal in JSON, which the client acknowledges (section 4.3)") {
  FakeVerifier verifier{{"user@example.com", own(kToken)}};
  const auto server = mechanism::oauthbearer::serve({&verifier, nullptr, {}, false});
  const auto client = mechanism::oauthbearer::use({.login = "user@example.com", .password = Secret(View("old"))});
  CHECK(std::get<Challenge>(server->step(std::nullopt)).octets.empty());
  const auto refusal = server->step(*client->respond(""));
  CHECK(std::get<Challenge>(refusal).octets == R"({"status":"invalid_token","schemes":"bearer","scope":"mail",)"
                                               R"("openid-configuration":"https://host.example/.well-known"})");
  const auto farewell = client->respond(std::get<Challenge>(refusal).octets);
  CHECK(*farewell == "\x01");
  CHECK(std::get<Error>(server->step(*farewell)).code == Code::denied);
  CHECK(std::get<Error>(server->step("\x01")).code == Code::bad_state);
  CHECK(!client->respond("{}"));
}

TEST_CASE("OAUTHBEARER: what a message may look like") {
  for (const std::string& good : {message("n,,", auth()), message("y,a=user@example.com,", auth()),
                                  message("n,,", "auth=bEARER " + own(kToken) + "\x01"),
                                  message("n,,", "x=\x01" + auth() + "qs=a=b c\r\n\x01")}) {
    CHECK_MESSAGE(std::holds_alternative<Success>(answer(good)), good);
  }
  FakeVerifier verifier{{"a,b=c", "t"}};
  const auto client = mechanism::oauthbearer::use({.login = "a,b=c", .password = Secret(View("t"))});
  const std::string escaped = *client->respond("");
  CHECK(escaped.starts_with("n,a=a=2Cb=3Dc,\x01"));
  const auto server = mechanism::oauthbearer::serve({&verifier, nullptr, {}, false});
  CHECK(std::get<Success>(server->step(escaped)).login == "a,b=c");
  // Who brings no token asks what to bring.
  CHECK(std::holds_alternative<Challenge>(answer(message("n,,", "auth=\x01"))));
  CHECK(std::holds_alternative<Challenge>(answer(message("n,a=other@example.com,", auth()))));
}

TEST_CASE("OAUTHBEARER: what is malformed") {
  using namespace std::string_literals;
  for (const std::string& bad : {""s,
                                 "n"s,
                                 "n,,"s,
                                 "n,,\x01"s,
                                 message("n,,", ""),
                                 message("p=tls-exporter,,", auth()),
                                 message("n,a=,", auth()),
                                 message("n,a==,", auth()),
                                 message("n,x,", auth()),
                                 message("n,,", auth() + auth()),
                                 message("n,,", auth()) + "x",
                                 "n,,\x01" + auth(),
                                 message("n,,", "auth=Basic abc\x01"),
                                 message("n,,", "auth=Bearer a b\x01"),
                                 message("n,,", "auth=Bearer \x01"),
                                 message("n,,", "port=x\x01" + auth()),
                                 message("n,,", "port=70000\x01" + auth()),
                                 message("n,,", "=x\x01" + auth()),
                                 message("n,,", "host\x01" + auth()),
                                 message("n,a=\xFF,", auth()),
                                 message("n,,", "host=\0\x01"s + auth())}) {
    CAPTURE(bad);
    const Step step = answer(bad);
    REQUIRE(std::holds_alternative<Error>(step));
    CHECK(std::get<Error>(step).code == Code::syntax);
  }
  CHECK(!mechanism::oauthbearer::use({.login = "a", .password = Secret(View("a b"))})->respond(""));
  CHECK(!mechanism::oauthbearer::use({.login = "a\x01", .password = Secret(View("t"))})->respond(""));
  CHECK(!mechanism::oauthbearer::use({.login = "a"})->respond(""));
}
