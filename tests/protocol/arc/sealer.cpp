#include "posthorn/protocol/arc/sealer.h"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/tag_list.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/protocol/arc/validator.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/testing/fakes.h"

#include "shared_data.h"

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

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

/// What the fields of one host say, put together as the suite wants it.
auth_results::Field consolidated(View header, const std::string& authserv_id) {
  auth_results::Field all;
  all.authserv_id = authserv_id;
  mime::FieldReader reader(header);
  for (mime::Field field; reader.next(field);) {
    if (!same_word(field.name, "Authentication-Results")) continue;
    const auto one = auth_results::parse(field.raw);
    if (!one || one->authserv_id != authserv_id) continue;
    all.results.insert(all.results.end(), one->results.begin(), one->results.end());
  }
  return all;
}

arc::Status stamped(const auth_results::Field& results) {
  for (const auto& result : results.results) {
    if (result.method == "arc" && result.result == "pass") return arc::Status::pass;
    if (result.method == "arc" && result.result == "fail") return arc::Status::fail;
  }
  return arc::Status::none;
}

std::string tag_of(View field, View name) {
  const auto tags = mail::TagList::parse(field);
  REQUIRE(tags.has_value());
  return mail::without_space(tags->value(name).value_or(View()));
}

}  // namespace

// The seal signs the letters of ARC-Message-Signature where they are folded, which RFC 8617 leaves to who seals: of it
// the tags are compared, of ARC-Message-Signature the signature itself.
TEST_CASE("arc: the signing suite") {
  const auto path = testing::shared_data("arc/arc-draft-sign-tests.yml");
  if (!path) return;
  std::size_t count = 0;
  for (const YAML::Node& scenario : YAML::LoadAllFromFile(path->string())) {
    const auto key = crypto::PrivateKey::read(scenario["privatekey"].as<std::string>(), crypto::kLeastRsaBits);
    REQUIRE(key.has_value());
    for (const auto& entry : scenario["tests"]) {
      const YAML::Node& test = entry.second;
      CAPTURE(entry.first.as<std::string>());
      const std::string message = with_crlf(test["message"].as<std::string>());
      const auto results = consolidated(message, test["srv-id"].as<std::string>());
      arc::Sealing sealing{
          .domain = scenario["domain"].as<std::string>(), .selector = scenario["sel"].as<std::string>(), .key = *key};
      sealing.fields.clear();
      const auto names = test["sig-headers"].as<std::string>();
      for (const View name : mail::split_value(names)) sealing.fields.push_back(own(name));
      auto sealer = arc::Sealer::make(std::move(sealing));
      REQUIRE(sealer.has_value());
      sealer->append(message);
      const auto fields =
          sealer->finish(stamped(results), results, WallTime(std::chrono::seconds(test["t"].as<std::int64_t>())));
      REQUIRE(fields.has_value());
      ++count;
      const std::string expected = test["AMS"].as<std::string>("");
      if (mail::without_space(expected).empty()) {
        CHECK(fields->empty());
        continue;
      }
      const auto signature = mime::find_field(*fields, "ARC-Message-Signature");
      REQUIRE(signature.has_value());
      for (const View tag : {"a", "b", "bh", "c", "d", "h", "i", "s", "t"}) {
        CAPTURE(tag);
        CHECK(tag_of(*signature, tag) == tag_of(expected, tag));
      }
      const auto seal = mime::find_field(*fields, "ARC-Seal");
      REQUIRE(seal.has_value());
      for (const View tag : {"a", "cv", "d", "i", "s", "t"}) {
        CAPTURE(tag);
        CHECK(tag_of(*seal, tag) == tag_of(test["AS"].as<std::string>(), tag));
      }
      const auto behind = [](View text) {
        return auth_results::parse(text.substr(std::min(text.find(';') + 1, text.size())));
      };
      const auto ours = behind(*mime::find_field(*fields, "ARC-Authentication-Results"));
      std::string told = test["AAR"].as<std::string>();
      while (told.ends_with('\n') || told.ends_with(' ')) told.pop_back();
      std::replace(told.begin(), told.end(), '\n', ' ');
      const auto theirs = behind(told);
      REQUIRE(ours.has_value());
      REQUIRE(theirs.has_value());
      CHECK(*ours == *theirs);
    }
  }
  CHECK(count == 17);
}

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

// RFC 6376 section 8.15; what the message signature covers is found from the bottom up.
TEST_CASE("arc: another author on top of the one that was sealed breaks the chain") {
  posthorn::testing::SeededRandom random{1};
  const std::vector<Hop> hops{{"one.example", crypto::PrivateKey::generate_ed25519(random)}};
  const std::string message = sealed(own(kMessage), hops[0], arc::Status::none);
  const arc::Verdict verdict = validate("From: <ceo@bank.example>\r\n" + message, hops);
  CHECK(verdict.status == arc::Status::fail);
  REQUIRE(verdict.sets.size() == 1);
  CHECK(verdict.sets[0].message == dkim::Reason::extra_from);
  CHECK(validate(sealed("From: <ceo@bank.example>\r\n" + own(kMessage), hops[0], arc::Status::none), hops).status ==
        arc::Status::pass);  // which he has signed
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
