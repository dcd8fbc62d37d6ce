#include "posthorn/protocol/sasl/mechanism.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"

#include "protocol/sasl/converse.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;
using posthorn::testing::SeededRandom;

namespace {

std::string names(const std::vector<const MechanismSpec*>& rows) {
  std::string list;
  for (const MechanismSpec* row : rows) list += (list.empty() ? "" : " ") + own(row->name);
  return list;
}

/// Those that know a password or a token: the others have nothing that can be wrong.
std::vector<MechanismSpec> secret_mechanisms() {
  std::vector<MechanismSpec> rows;
  for (const MechanismSpec& row : mechanisms()) {
    if (row.evidence == Evidence::password || row.evidence == Evidence::token) rows.push_back(row);
  }
  return rows;
}

Outcome try_login(
    const MechanismSpec& row, View password, bool initial_response, const Tamper& tamper = [](int, std::string&) {}) {
  FakeVerifier verifier{{"ann@example.org", "wonder/land=1"}};
  SeededRandom server_random(1);
  SeededRandom client_random(2);
  const std::string binding = row.needs_channel_binding ? std::string(32, 'b') : std::string();
  const auto server = row.serve({&verifier, &server_random, binding, row.needs_channel_binding});
  const auto client = row.use({{}, "ann@example.org", Secret(password), &client_random, binding});
  return converse(*server, *client, initial_response, tamper);
}

}  // namespace

TEST_CASE("a mechanism is found whatever its case") {
  REQUIRE(find_mechanism("plain") != nullptr);
  CHECK(find_mechanism("pLaIn")->name == "PLAIN");
  CHECK(find_mechanism("CRAM-MD5") == nullptr);
  CHECK(find_mechanism("") == nullptr);
  for (const MechanismSpec& row : mechanisms()) CHECK(find_mechanism(row.name) == &row);
}

TEST_CASE("every row is complete") {
  for (const MechanismSpec& row : mechanisms()) {
    CAPTURE(row.name);
    CHECK(!row.rfc.empty());
    CHECK((row.serve != nullptr));
    CHECK((row.use != nullptr));
    CHECK(row.name.size() <= 20);  // RFC 4422 section 3.1
    CHECK(row.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == View::npos);
  }
}

TEST_CASE("nothing is offered without TLS unless the listener says so") {
  CHECK(offered(false, false, false).empty());
  CHECK(offered(false, true, false).empty());
  CHECK(names(offered(false, true, true)) == names(offered(true, false, false)));
  CHECK(offered(true, true, false, {true, true, true}).size() == mechanisms().size());
}

TEST_CASE("what the host cannot judge is not offered") {
  CHECK(names(offered(true, false, false)) == "SCRAM-SHA-256 PLAIN LOGIN");
  CHECK(names(offered(true, false, false, {.tokens = true})) == "SCRAM-SHA-256 PLAIN LOGIN OAUTHBEARER XOAUTH2");
  CHECK(names(offered(true, false, false, {.certificate = true})) == "SCRAM-SHA-256 PLAIN LOGIN EXTERNAL");
  CHECK(names(offered(true, false, false, {.anonymous = true})) == "SCRAM-SHA-256 PLAIN LOGIN ANONYMOUS");
  struct Plain : Verifier {
    Result<std::string> check_password(View, View, const Secret&) override { return fail(peer_error(Code::denied)); }
    Result<ScramKeys> scram_keys(View) override { return fail(peer_error(Code::denied)); }
    Result<std::string> authorize(View, View, const Secret&) override { return fail(peer_error(Code::denied)); }
  } verifier;
  CHECK(std::get<TokenRefusal>(verifier.check_token({})).error.code == Code::denied);
  CHECK(verifier.check_certificate("ann").error().code == Code::denied);
  CHECK(verifier.check_anonymous("").error().code == Code::denied);
}

TEST_CASE("client and server of every mechanism understand each other") {
  for (const MechanismSpec& row : secret_mechanisms()) {
    for (const bool initial_response : {false, true}) {
      CAPTURE(row.name);
      CAPTURE(initial_response);
      const auto good = try_login(row, "wonder/land=1", initial_response);
      CHECK(good.login == "ann@example.org");
      CHECK(good.server_verified);
      const auto bad = try_login(row, "wonder/land=2", initial_response);
      CHECK(bad.login.empty());
      REQUIRE(bad.refused);
      CHECK(bad.refused->code == Code::denied);
    }
  }
}

TEST_CASE("a message changed on its way never lets anybody in as somebody else") {
  for (const MechanismSpec& row : secret_mechanisms()) {
    for (int message = 0; message < 5; ++message) {
      for (std::size_t at = 0; at < 120; at += 3) {
        for (const int bit : {1, 4, 128}) {
          const auto outcome = try_login(row, "wonder/land=1", true, [&](int number, std::string& octets) {
            if (number == message && at < octets.size()) octets[at] = static_cast<char>(octets[at] ^ bit);
          });
          if (!outcome.login.empty()) CHECK(outcome.login == "ann@example.org");
        }
      }
    }
  }
}

TEST_CASE("a directory that does not answer is not a wrong password") {
  for (const MechanismSpec& row : mechanisms()) {
    FakeVerifier verifier;
    verifier.break_down();
    SeededRandom random(3);
    const std::string binding(32, 'b');
    const auto server = row.serve({&verifier, &random, binding, false});
    const auto client = row.use({{}, "ann", Secret(View("x")), &random, row.needs_channel_binding ? binding : ""});
    const auto outcome = converse(*server, *client, true);
    REQUIRE(outcome.refused);
    CHECK(outcome.refused->code == Code::unavailable);
  }
}
