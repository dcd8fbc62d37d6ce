#include "protocol/sasl/mechanisms/login.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;

namespace {

std::unique_ptr<ClientExchange> client() {
  return mechanism::login::use({{}, "tim", Secret(View("tanstaaf")), nullptr, {}});
}

}  // namespace

TEST_CASE("LOGIN asks for the name and then for the password") {
  FakeVerifier verifier{{"tim", "tanstaaf"}};
  const auto server = mechanism::login::serve({&verifier, nullptr, {}, false});
  CHECK(std::get<Challenge>(server->step(std::nullopt)).octets == "Username:");
  CHECK(std::get<Challenge>(server->step("tim")).octets == "Password:");
  CHECK(std::get<Success>(server->step("tanstaaf")).login == "tim");
  CHECK(std::get<Error>(server->step("tanstaaf")).code == Code::bad_state);
}

TEST_CASE("LOGIN takes the name as an initial response") {
  FakeVerifier verifier{{"tim", "tanstaaf"}};
  const auto server = mechanism::login::serve({&verifier, nullptr, {}, false});
  CHECK(std::get<Challenge>(server->step("tim")).octets == "Password:");
  CHECK(std::get<Error>(server->step("wrong")).code == Code::denied);
}

TEST_CASE("LOGIN refuses empty and malformed answers") {
  using namespace std::string_literals;
  FakeVerifier verifier{{"tim", "tanstaaf"}};
  for (const std::string& name : {""s, "t\0m"s, "\xff"s}) {
    const auto server = mechanism::login::serve({&verifier, nullptr, {}, false});
    (void)server->step(std::nullopt);
    CHECK(std::get<Error>(server->step(name)).code == Code::syntax);
    CHECK(std::get<Error>(server->step("tanstaaf")).code == Code::bad_state);
  }
  CHECK(verifier.questions() == 0);
}

TEST_CASE("a LOGIN client follows the prompts of other servers") {
  const auto polite = client();
  CHECK(*polite->respond("User Name") == "tim");
  CHECK(*polite->respond("PASSWORD") == "tanstaaf");
  CHECK(!polite->respond("Password:"));

  const auto strange = client();
  CHECK(*strange->respond("Who?") == "tim");
  CHECK(*strange->respond("Prove it") == "tanstaaf");

  const auto early = client();
  CHECK(*early->respond("") == "tim");
  CHECK(*early->respond("Password:") == "tanstaaf");

  const auto twice = client();
  CHECK(*twice->respond("Username:") == "tim");
  CHECK(!twice->respond("Username:"));
}

TEST_CASE("a LOGIN client cannot act as somebody else") {
  CHECK(!mechanism::login::use({"ann", "tim", Secret(View("x")), nullptr, {}})->respond("Username:"));
}
