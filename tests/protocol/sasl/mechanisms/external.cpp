#include "protocol/sasl/mechanisms/external.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;

TEST_CASE("EXTERNAL: the examples of RFC 4422 appendix A.2") {
  FakeVerifier verifier;
  verifier.certificate = "fred@example.com";
  // With an initial response, empty and not; without one.
  CHECK(std::get<Success>(mechanism::external::serve({&verifier})->step("")).login == "fred@example.com");
  CHECK(std::get<Success>(mechanism::external::serve({&verifier})->step("fred@example.com")).login ==
        "fred@example.com");
  const auto server = mechanism::external::serve({&verifier});
  CHECK(std::get<Challenge>(server->step(std::nullopt)).octets.empty());
  CHECK(std::get<Success>(server->step("")).login == "fred@example.com");
  CHECK(std::get<Error>(server->step("")).code == Code::bad_state);
}

TEST_CASE("EXTERNAL: somebody else, nobody, and what is no name") {
  using namespace std::string_literals;
  FakeVerifier verifier;
  CHECK(std::get<Error>(mechanism::external::serve({&verifier})->step("")).code == Code::denied);
  verifier.certificate = "fred@example.com";
  CHECK(std::get<Error>(mechanism::external::serve({&verifier})->step("ann")).code == Code::denied);
  for (const std::string& bad : {"\0"s, "\xFF"s, std::string(1001, 'a')}) {
    CHECK(std::get<Error>(mechanism::external::serve({&verifier})->step(bad)).code == Code::syntax);
  }
  const auto client = mechanism::external::use({.authorize = "fred", .login = "x"});
  CHECK(*client->respond("") == "fred");
  CHECK(!client->respond(""));
  CHECK(!mechanism::external::use({.authorize = "a\0b"s})->respond(""));
}
