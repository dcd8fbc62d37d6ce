#include "service/delivery/plan.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::delivery;

namespace {

Envelope::Recipient recipient(std::string address) {
  Envelope::Recipient made;
  made.address = std::move(address);
  return made;
}

Envelope::Recipient relayed(std::string address) {
  Envelope::Recipient made = recipient(std::move(address));
  made.resolution.relayed = true;
  return made;
}

}  // namespace

TEST_CASE("delivery plan: who goes to the same host goes together") {
  Envelope envelope;
  envelope.sender = "ann@example.net";
  envelope.recipients = {relayed("a@One.Example"), relayed("b@two.example"), relayed("c@one.example"),
                         relayed("a@One.Example")};
  const auto items = plan(envelope, {});
  REQUIRE(items.size() == 2);
  CHECK(items[0].destination.domain == "one.example");
  REQUIRE(items[0].recipients.size() == 2);
  CHECK(items[0].recipients[0].address == "a@One.Example");
  CHECK(items[0].recipients[1].address == "c@one.example");
  CHECK(items[0].sender == "ann@example.net");
  CHECK(items[0].prefix.empty());
  CHECK(items[1].destination.domain == "two.example");
}

TEST_CASE("delivery plan: an alias sends on under another sender, and leaves its mark") {
  Options options;
  options.rewrite_sender = [](View sender) { return "SRS0=" + own(sender); };
  Envelope envelope;
  envelope.sender = "far@three.example";
  envelope.recipients = {recipient("info@example.net"), relayed("b@one.example")};
  envelope.recipients[0].resolution.remote = {"x@one.example"};
  envelope.recipients[0].resolution.targets.resize(1);
  envelope.recipients[0].resolution.targets[0].account.address = "ann@example.net";
  envelope.recipients[0].notify = {.success = true, .given = true};
  const auto items = plan(envelope, options);
  REQUIRE(items.size() == 3);
  CHECK(items[0].destination.is_local());
  CHECK(items[0].recipients[0].address == "ann@example.net");
  CHECK(items[0].recipients[0].original == "rfc822;info@example.net");
  CHECK(items[0].sender == "far@three.example");
  CHECK(items[1].sender == "SRS0=far@three.example");
  CHECK(items[1].prefix == "Delivered-To: info@example.net\r\n");
  CHECK(items[1].recipients[0].address == "x@one.example");
  CHECK(items[1].recipients[0].notify.success);
  CHECK(items[2].sender == "far@three.example");
  CHECK(leads_away(envelope.recipients[0].resolution));
  CHECK_FALSE(leads_away(recipient("ann@example.net").resolution));
}

TEST_CASE("delivery plan: what an alias sends on carries what was found out, what is kept for others does not") {
  Envelope envelope;
  envelope.recipients = {recipient("info@Example.net"), relayed("b@one.example")};
  envelope.recipients[0].resolution.remote = {"x@one.example"};
  envelope.recipients[0].resolution.targets.resize(1);
  const Findings findings{.fields = "Authentication-Results: mx.example.net; none\r\n"};
  const auto items = plan(envelope, {}, findings);
  REQUIRE(items.size() == 3);
  CHECK(items[0].prefix == findings.fields);
  CHECK(items[0].seal == std::nullopt);
  CHECK(items[1].prefix == "Delivered-To: info@Example.net\r\n");
  CHECK(items[1].seal == queue::Seal{"example.net", findings.fields});
  CHECK(items[2].prefix.empty());
  CHECK(items[2].seal == std::nullopt);
  for (const queue::Item& item : plan(envelope, {})) CHECK(item.seal == std::nullopt);
}

TEST_CASE("delivery plan: names become A-labels") {
  Envelope envelope;
  envelope.recipients = {relayed("a@bücher.example"), relayed("b@[192.0.2.1]")};
  const auto items = plan(envelope, {});
  REQUIRE(items.size() == 2);
  CHECK(items[0].destination.text() == "xn--bcher-kva.example");
  CHECK(items[1].destination.domain == "[192.0.2.1]");
}
