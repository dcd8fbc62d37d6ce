#include "posthorn/protocol/arc/sealer.h"

#include <map>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/protocol/arc/validator.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;

namespace {

constexpr View kMessage = "From: <ann@example.org>\r\nTo: <list@list.example>\r\nSubject: a\r\n\r\nText\r\n";
const WallTime kNow(std::chrono::seconds(1'490'000'000));

struct Hop {
  std::string domain;
  crypto::PrivateKey key;
};

auth_results::Field results(View authserv_id) {
  auth_results::Field field;
  field.authserv_id = own(authserv_id);
  field.results.push_back({.method = "dmarc", .result = "pass", .properties = {{"header", "from", "example.org"}}});
  return field;
}

/// The message with one set more.
std::string sealed(const std::string& message, const Hop& hop, arc::Status chain) {
  auto sealer = arc::Sealer::make({.domain = hop.domain, .selector = "s", .key = hop.key});
  REQUIRE(sealer.has_value());
  sealer->append(message);
  const auto fields = sealer->finish(chain, results("mx." + hop.domain), kNow);
  REQUIRE(fields.has_value());
  return *fields + message;
}

arc::Verdict validate(const std::string& message, const std::vector<Hop>& hops) {
  arc::Validator validator;
  validator.append(message);
  validator.finish(kNow);
  while (!validator.wanted().empty()) {
    dns::Answer answer{.outcome = dns::Outcome::no_name};
    for (const Hop& hop : hops) {
      if (validator.wanted()[0].name != "s._domainkey." + hop.domain) continue;
      answer.outcome = dns::Outcome::found;
      answer.records = {dns::Txt{dkim::KeyRecord::of(hop.key.public_key()).format()}};
    }
    validator.answer(0, std::move(answer));
  }
  return validator.verdict();
}

}  // namespace

// That others read it too is shown by tests/compare/arc_chains.py.
TEST_CASE("arc: hops seal one after the other, and a change in between shows") {
  posthorn::testing::SeededRandom random{1};
  const std::vector<Hop> hops{{"one.example", crypto::PrivateKey::generate_ed25519(random)},
                              {"two.example", *crypto::PrivateKey::generate_rsa(2048)}};
  std::string message = sealed(own(kMessage), hops[0], arc::Status::none);
  CHECK(validate(message, hops).status == arc::Status::pass);
  message = sealed(message, hops[1], arc::Status::pass);
  const arc::Verdict verdict = validate(message, hops);
  CHECK(verdict.status == arc::Status::pass);
  REQUIRE(verdict.sets.size() == 2);
  CHECK(verdict.sets[1].sealer == "two.example");
  CHECK(auth_results::parse(verdict.sets[0].results)->authserv_id == "mx.one.example");
  CHECK(verdict.oldest_pass == 0);

  std::string changed = message;
  changed.replace(changed.find("Text"), 4, "Taxt");
  CHECK(validate(changed, hops).status == arc::Status::fail);
  changed = message;
  changed.replace(changed.find("dmarc=pass"), 10, "dmarc=fail");
  CHECK(validate(changed, hops).status == arc::Status::fail);
  CHECK(validate(message, {hops[0]}).status == arc::Status::fail);
}

TEST_CASE("arc: a change before the last hop tells how far back the message is whole (RFC 8617 section 5.2)") {
  posthorn::testing::SeededRandom random{1};
  const std::vector<Hop> hops{{"one.example", crypto::PrivateKey::generate_ed25519(random)},
                              {"two.example", crypto::PrivateKey::generate_ed25519(random)}};
  std::string message = sealed(own(kMessage), hops[0], arc::Status::none);
  message += "-- \r\nthe list\r\n";
  message = sealed(message, hops[1], arc::Status::pass);
  const arc::Verdict verdict = validate(message, hops);
  CHECK(verdict.status == arc::Status::pass);
  CHECK(verdict.oldest_pass == 2);
}

TEST_CASE("arc: a chain that has failed is not sealed again (RFC 8617 section 5.1)") {
  posthorn::testing::SeededRandom random{1};
  const Hop hop{"one.example", crypto::PrivateKey::generate_ed25519(random)};
  const std::string failed = sealed(sealed(own(kMessage), hop, arc::Status::none), hop, arc::Status::fail);
  CHECK(failed.contains("cv=fail"));
  CHECK(sealed(failed, hop, arc::Status::fail) == failed);
}

TEST_CASE("arc: what cannot be sealed is refused") {
  posthorn::testing::SeededRandom random{1};
  const auto key = crypto::PrivateKey::generate_ed25519(random);
  CHECK_FALSE(arc::Sealer::make({.domain = "a b", .selector = "s", .key = key}).has_value());
  CHECK_FALSE(
      arc::Sealer::make({.domain = "a.example", .selector = "s", .key = key, .fields = {"ARC-Seal"}}).has_value());
  auto sealer = arc::Sealer::make({.domain = "a.example", .selector = "s", .key = key});
  REQUIRE(sealer.has_value());
  sealer->append("Subject: nobody\r\n\r\n");
  CHECK_FALSE(sealer->finish(arc::Status::none, results("mx.a.example"), kNow).has_value());
}
