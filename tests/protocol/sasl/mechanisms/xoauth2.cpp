#include "protocol/sasl/mechanisms/xoauth2.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;

namespace {
// The example of Google's description of the protocol.
const std::string kMessage =
    "user=someuser@example.com\x01"
    "auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01";

Step answer(const std::string& octets) {
  FakeVerifier verifier{{"someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"}};
  return mechanism::xoauth2::serve({&verifier, nullptr, {}, false})->step(octets);
}
}  // namespace

TEST_CASE("XOAUTH2: the published message, both ways") {
  CHECK(std::get<Success>(answer(kMessage)).login == "someuser@example.com");
  const auto client = mechanism::xoauth2::use(
      {.login = "someuser@example.com", .password = Secret(View("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"))});
  CHECK(*client->respond("") == kMessage);
  CHECK(client->respond("{}")->empty());
  CHECK(!client->respond("{}"));
}

TEST_CASE("XOAUTH2: a refusal in JSON, and the empty answer to it") {
  FakeVerifier verifier;
  const auto server = mechanism::xoauth2::serve({&verifier, nullptr, {}, false});
  CHECK(std::get<Challenge>(server->step(kMessage)).octets.starts_with(R"({"status":"invalid_token")"));
  CHECK(std::get<Error>(server->step("")).code == Code::denied);
}

TEST_CASE("XOAUTH2: what is malformed") {
  for (const View bad : {View(""), View("user=a"), View("user=a\x01"),
                         View("user=\x01"
                              "auth=Bearer t\x01\x01"),
                         View("user=a\x01"
                              "auth=Bearer t\x01"),
                         View("user=a\x01"
                              "auth=Bearer \x01\x01"),
                         View("user=a\x01"
                              "auth=t\x01\x01"),
                         View("user=a\x01"
                              "auth=Bearer t\x01\x01x"),
                         View("user=\xFF\x01"
                              "auth=Bearer t\x01\x01"),
                         View("auth=Bearer t\x01user=a\x01\x01")}) {
    const Step step = answer(own(bad));
    REQUIRE_MESSAGE(std::holds_alternative<Error>(step), bad);
    CHECK(std::get<Error>(step).code == Code::syntax);
  }
  CHECK(!mechanism::xoauth2::use({.login = "a\x01", .password = Secret(View("t"))})->respond(""));
  CHECK(!mechanism::xoauth2::use({.login = "a"})->respond(""));
}
