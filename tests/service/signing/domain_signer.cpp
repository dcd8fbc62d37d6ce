#include "posthorn/service/signing/domain_signer.h"

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/header.h"
#include "posthorn/protocol/arc/validator.h"
#include "posthorn/protocol/authentication/message_check.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/protocol/dkim/verifier.h"
#include "posthorn/service/signing/keys.h"
#include "posthorn/testing/zone_resolver.h"

#include "service/queue/house.h"

using namespace posthorn;
using namespace posthorn::signing;

namespace {

constexpr store::AccountId kRows{7};
constexpr View kPassed = "Authentication-Results: mail.example.org; arc=pass; dmarc=pass header.from=far.example\r\n";
constexpr View kText = "From: <ann@example.org>\r\nTo: <x@one.example>\r\nSubject: a\r\n\r\nText\r\n";

/// A queue with messages of example.org, on the host mail.example.org.
struct House : queue::House {
  Key make(View domain, View selector, bool ed25519 = true) {
    const auto key = ed25519 ? crypto::PrivateKey::generate_ed25519(random) : *crypto::PrivateKey::generate_rsa(2048);
    const auto added = keys.add(domain, selector, key, clock.wall());
    REQUIRE(added.has_value());
    return *added;
  }
  void publish(const Key& key) {
    REQUIRE(resolver.add(dkim::zone_text(key.record_name(), key.record) + "\n").has_value());
  }

  queue::Work submitted(View text = kText) {
    auto body = queue->write_body();
    REQUIRE((*body)->append(text).has_value());
    queue::Message message;
    message.account = "ann@example.org";
    message.body = *(*body)->finish();
    message.octets = text.size();
    std::vector<queue::Item> items(1);
    items[0].destination.domain = "one.example";
    items[0].recipients.push_back({0, "x@one.example", {}, {}});
    REQUIRE(queue->accept(std::move(message), std::move(items)).has_value());
    auto work = queue->take(queue::Destination{"one.example", queue::TlsWish::policy});
    REQUIRE((work && *work));
    return **work;
  }
  /// d= and what a verifier says, for each signature.
  std::vector<std::string> judged(const std::string& fields, View text = kText) {
    dkim::Verifier verifier;
    verifier.append(fields);
    verifier.append(text);
    verifier.finish(clock.wall());
    while (!verifier.wanted().empty()) {
      resolver.resolve(verifier.wanted()[0], [&](dns::Answer answer) { verifier.answer(0, std::move(answer)); });
    }
    std::vector<std::string> all;
    for (const auto& signature : verifier.verdict().signatures)
      all.push_back(signature.domain + " " + own(dkim::name_of(signature.outcome())));
    return all;
  }

  /// Mail from elsewhere that an address of example.org sends on.
  queue::Work sent_on(View text, View results = kPassed) {
    queue::Work work = submitted(text);
    work.message.account.clear();
    work.item.seal = {"example.org", own(results)};
    return work;
  }
  arc::Verdict validated(const std::string& message) {
    arc::Validator validator;
    validator.append(message);
    validator.finish(clock.wall());
    while (!validator.wanted().empty()) {
      resolver.resolve(validator.wanted()[0], [&](dns::Answer answer) { validator.answer(0, std::move(answer)); });
    }
    return validator.verdict();
  }

  posthorn::testing::ZoneResolver resolver;
  std::unique_ptr<store::Partition> rows = std::move(*store.open(kRows));
  Keys keys{*rows, random, Secret(std::string(kHostKeyOctets, 'h'))};
  std::vector<std::string> told;
  DomainSigner signer{
      keys, resolver, clock, {.host_name = "mail.example.org", .notify = [this](View domain, bool used) {
                                told.push_back(own(domain) + (used ? " on" : " off"));
                              }}};
};

using Verdicts = std::vector<std::string>;

}  // namespace

TEST_CASE("signing: the author's domain where the DNS has its key, else the host, else nobody") {
  House house;
  CHECK(house.signer.sign(house.submitted(), *house.queue).empty());
  const Key host = house.make("mail.example.org", "h");
  const Key own_key = house.make("example.org", "o");
  house.signer.refresh();
  CHECK(house.signer.sign(house.submitted(), *house.queue).empty());

  house.publish(host);
  house.clock.advance(std::chrono::minutes(61));
  CHECK(house.judged(house.signer.sign(house.submitted(), *house.queue)) == Verdicts{"mail.example.org pass"});
  house.publish(own_key);
  CHECK(house.judged(house.signer.sign(house.submitted(), *house.queue)) == Verdicts{"mail.example.org pass"});
  house.clock.advance(std::chrono::minutes(61));
  CHECK(house.judged(house.signer.sign(house.submitted(), *house.queue)) == Verdicts{"example.org pass"});
  house.resolver.erase("o._domainkey.example.org");
  house.signer.refresh();
  CHECK(house.judged(house.signer.sign(house.submitted(), *house.queue)) == Verdicts{"mail.example.org pass"});
  CHECK(house.told == Verdicts{"mail.example.org on", "example.org on", "example.org off"});
}

TEST_CASE("signing: the DNS is asked once an hour, and what it said holds while it is silent") {
  House house;
  const Key key = house.make("example.org", "o");
  house.publish(key);
  for (int i = 0; i < 5; ++i)
    CHECK(house.judged(house.signer.sign(house.submitted(), *house.queue)) == Verdicts{"example.org pass"});
  CHECK(house.resolver.asked(key.record_name()) == 1 + 5);  // the verifier asks too
  house.resolver.fail(key.record_name(), dns::Outcome::timed_out);
  house.clock.advance(std::chrono::hours(2));
  CHECK(house.signer.sign(house.submitted(), *house.queue).contains("d=example.org"));
}

TEST_CASE("signing: one key of each algorithm, the newest that is published") {
  House house;
  const Key old = house.make("example.org", "old");
  house.clock.advance(std::chrono::hours(1));
  const Key rsa = house.make("example.org", "rsa", false);
  const Key young = house.make("example.org", "young");
  house.publish(old);
  house.publish(rsa);
  std::string fields = house.signer.sign(house.submitted(), *house.queue);
  CHECK(house.judged(fields) == Verdicts{"example.org pass", "example.org pass"});
  CHECK(fields.contains("s=old"));
  house.publish(young);
  house.signer.refresh();
  fields = house.signer.sign(house.submitted(), *house.queue);
  CHECK(house.judged(fields) == Verdicts{"example.org pass", "example.org pass"});
  CHECK(fields.contains("s=young"));
  CHECK_FALSE(fields.contains("s=old"));
}

TEST_CASE("signing: what is passed on, and what has no author, goes as it is") {
  House house;
  house.publish(house.make("mail.example.org", "h"));
  queue::Work foreign = house.submitted();
  foreign.message.account.clear();
  CHECK(house.signer.sign(foreign, *house.queue).empty());
  CHECK(house.signer.sign(house.submitted("Subject: a\r\n\r\n"), *house.queue).empty());
  queue::Work report = house.submitted();
  report.message.account.clear();
  report.message.made_here = true;
  CHECK(house.judged(house.signer.sign(report, *house.queue)) == Verdicts{"mail.example.org pass"});
}

TEST_CASE("signing: a message to many hosts is signed once") {
  House house;
  house.publish(house.make("mail.example.org", "h", false));
  const queue::Work work = house.submitted();
  const std::string fields = house.signer.sign(work, *house.queue);
  house.clock.advance(std::chrono::seconds(10));
  CHECK(house.signer.sign(work, *house.queue) == fields);
}

TEST_CASE("signing: a message that cannot be read now is signed, or sealed, when it can") {
  House house;
  house.publish(house.make("example.org", "o", false));
  for (const queue::Work& work : {house.submitted(), house.sent_on(kText)}) {
    queue::Work unreadable = work;
    unreadable.message.octets += 1;  // which are not there
    CHECK(house.signer.sign(unreadable, *house.queue).empty());
    CHECK_FALSE(house.signer.sign(work, *house.queue).empty());
  }
}

TEST_CASE("signing: a DNS that is silent at first is no reason to send unsigned for ever") {
  House house;
  const Key key = house.make("example.org", "o", false);
  house.publish(key);
  const queue::Work work = house.submitted();
  house.resolver.fail(key.record_name(), dns::Outcome::timed_out);
  CHECK(house.signer.sign(work, *house.queue).empty());
  house.resolver.recover(key.record_name());
  house.clock.advance(std::chrono::minutes(2));
  CHECK(house.judged(house.signer.sign(work, *house.queue)) == Verdicts{"example.org pass"});
}

TEST_CASE("signing: what is sent on is sealed, set upon set, with what was found when it came") {
  House house;
  house.publish(house.make("example.org", "o", false));
  std::string message = own(kText);
  for (unsigned instance = 1; instance <= 3; ++instance) {
    const std::string fields = house.signer.sign(house.sent_on(message), *house.queue);
    CHECK_FALSE(fields.contains("DKIM-Signature"));
    message.insert(0, fields);
    const arc::Verdict verdict = house.validated(message);
    CHECK(verdict.status == arc::Status::pass);
    REQUIRE(verdict.sets.size() == instance);
    CHECK(verdict.sets.back().sealer == "example.org");
    CHECK(verdict.sets.back().results.contains("mail.example.org"));
    CHECK(verdict.sets.back().results.contains("dmarc=pass header.from=far.example"));
  }
  CHECK(message.ends_with(kText));
}

TEST_CASE("signing: the seal is by the forwarder's domain, else by the host, with RSA or not at all") {
  House house;
  house.publish(house.make("mail.example.org", "e"));
  house.publish(house.make("example.org", "e"));
  CHECK(house.signer.sign(house.sent_on(kText), *house.queue).empty());
  house.publish(house.make("mail.example.org", "h", false));
  house.signer.refresh();
  const auto sealer = [&] {
    const auto verdict = house.validated(house.signer.sign(house.sent_on(kText), *house.queue) + own(kText));
    REQUIRE(verdict.sets.size() == 1);
    CHECK(verdict.status == arc::Status::pass);
    return verdict.sets[0].sealer;
  };
  CHECK(sealer() == "mail.example.org");
  house.publish(house.make("example.org", "o", false));
  house.signer.refresh();
  CHECK(sealer() == "example.org");
}

TEST_CASE("signing: a chain that is broken here is sealed as such, and then no more (RFC 8617 section 5.1)") {
  House house;
  house.publish(house.make("example.org", "o", false));
  std::string message = house.signer.sign(house.sent_on(kText), *house.queue) + own(kText);
  message.replace(message.find("ann@"), 3, "eve");
  CHECK(house.validated(message).status == arc::Status::fail);
  const View failed = "Authentication-Results: mail.example.org; arc=fail reason=\"changed\"\r\n";
  const std::string fields = house.signer.sign(house.sent_on(message, failed), *house.queue);
  const auto seal = mime::find_field(fields, "ARC-Seal");
  REQUIRE(seal.has_value());
  CHECK(seal->contains("cv=fail"));
  CHECK(seal->contains("i=2;"));
  CHECK(house.signer.sign(house.sent_on(fields + message, failed), *house.queue).empty());
}

TEST_CASE("signing: a chain whose keys the DNS did not tell goes on without a seal, as it came") {
  House house;
  const Key key = house.make("example.org", "o", false);
  house.publish(key);
  const std::string message = house.signer.sign(house.sent_on(kText), *house.queue) + own(kText);
  house.resolver.fail(key.record_name(), dns::Outcome::unavailable);
  authentication::Results results;
  results.arc = house.validated(message);
  CHECK(results.arc->status == arc::Status::fail);
  CHECK(results.arc->temporary);
  const std::string found = authentication::format_results(results, {.host_name = "mail.example.org"});
  CHECK(found.contains("arc=fail"));
  CHECK(house.signer.sign(house.sent_on(message, found), *house.queue).empty());
}

TEST_CASE("signing: no seal without findings, on own mail, or where it is switched off") {
  House house;
  house.publish(house.make("example.org", "o", false));
  CHECK(house.signer.sign(house.sent_on(kText, "Found: it\r\n"), *house.queue).empty());
  queue::Work submission = house.sent_on(kText);
  submission.message.account = "ann@example.org";
  const std::string fields = house.signer.sign(submission, *house.queue);
  CHECK(fields.starts_with("DKIM-Signature:"));
  CHECK_FALSE(fields.contains("ARC-"));
  DomainSigner off(house.keys, house.resolver, house.clock, {.host_name = "mail.example.org", .seal = false});
  CHECK(off.sign(house.sent_on(kText), *house.queue).empty());
}
