#include "protocol/sasl/mechanisms/plain.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;

namespace {

Step answer(const std::string& message) {
  FakeVerifier verifier{{"tim", "tanstaaftanstaaf"}, {"Kurt", "xipj3plmq"}};
  return mechanism::plain::serve({&verifier, nullptr, {}, false})->step(message);
}
Code refusal(const std::string& message) { return std::get<Error>(answer(message)).code; }

}  // namespace

TEST_CASE("PLAIN takes the messages of RFC 4616 section 4") {
  using namespace std::string_literals;
  CHECK(std::get<Success>(answer("\0tim\0tanstaaftanstaaf"s)).login == "tim");
  // The second example acts as somebody else, which this verifier allows nobody.
  CHECK(refusal("Ursel\0Kurt\0xipj3plmq"s) == Code::denied);
  CHECK(std::get<Success>(answer("Kurt\0Kurt\0xipj3plmq"s)).login == "Kurt");
  CHECK(refusal("\0tim\0wrong"s) == Code::denied);
}

TEST_CASE("PLAIN asks with an empty challenge when no initial response came") {
  using namespace std::string_literals;
  FakeVerifier verifier{{"tim", "tanstaaftanstaaf"}};
  const auto server = mechanism::plain::serve({&verifier, nullptr, {}, false});
  CHECK(std::get<Challenge>(server->step(std::nullopt)).octets.empty());
  CHECK(std::get<Success>(server->step("\0tim\0tanstaaftanstaaf"s)).login == "tim");
  CHECK(std::get<Error>(server->step("\0tim\0tanstaaftanstaaf"s)).code == Code::bad_state);
}

TEST_CASE("PLAIN refuses what RFC 4616 section 2 does not allow") {
  using namespace std::string_literals;
  for (const std::string& message :
       {""s, "tim"s, "\0tim"s, "\0\0pass"s, "\0tim\0"s, "\0tim\0a\0b"s, "\0t\xff\0pass"s}) {
    CAPTURE(message);
    CHECK(refusal(message) == Code::syntax);
  }
}

TEST_CASE("a PLAIN client sends one message and no more") {
  using namespace std::string_literals;
  const auto client = mechanism::plain::use({"bob", "ann", Secret(View("pw")), nullptr, {}});
  CHECK(*client->respond("") == "bob\0ann\0pw"s);
  CHECK(!client->respond(""));
  CHECK(!mechanism::plain::use({"", "ann\0"s, Secret(View("pw")), nullptr, {}})->respond(""));
  CHECK(!mechanism::plain::use({"", "ann", Secret(), nullptr, {}})->respond(""));
  CHECK(!mechanism::plain::use({"", "ann", Secret(View("pw")), nullptr, {}})->respond("Password:"));
}
