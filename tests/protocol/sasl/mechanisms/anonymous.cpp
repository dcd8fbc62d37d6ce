#include "protocol/sasl/mechanisms/anonymous.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;

TEST_CASE("ANONYMOUS: anybody, if the host has a login for nobody (RFC 4505 section 4)") {
  FakeVerifier verifier;
  CHECK(std::get<Error>(mechanism::anonymous::serve({&verifier})->step("sirhc")).code == Code::denied);
  verifier.anonymous = "guest@example.org";
  CHECK(std::get<Success>(mechanism::anonymous::serve({&verifier})->step("sirhc")).login == "guest@example.org");
  const auto server = mechanism::anonymous::serve({&verifier});
  CHECK(std::get<Challenge>(server->step(std::nullopt)).octets.empty());
  CHECK(std::get<Success>(server->step("")).login == "guest@example.org");
  const auto client = mechanism::anonymous::use({.login = "sirhc"});
  CHECK(*client->respond("") == "sirhc");
}

TEST_CASE("ANONYMOUS: a trace has a length and is text") {
  using namespace std::string_literals;
  FakeVerifier verifier;
  verifier.anonymous = "guest@example.org";
  for (const std::string& bad : {"\0"s, "\xFF"s, std::string(1021, 'a')}) {
    CHECK(std::get<Error>(mechanism::anonymous::serve({&verifier})->step(bad)).code == Code::syntax);
  }
}
