#include "service/delivery/filing.h"

#include "service/delivery/site.h"

using namespace posthorn;
using namespace posthorn::delivery;
using directory::Enforcement;

namespace {

constexpr View kResults = "Authentication-Results: mx.example.net; dmarc=fail\r\n";

Findings findings(Enforcement asked) { return {.fields = own(kResults), .asked = asked}; }

Envelope judged(Site& site, std::vector<std::string> recipients) {
  Envelope envelope = site.envelope(std::move(recipients));
  envelope.judged = true;
  return envelope;
}

std::vector<std::string> keywords(Site& site, View address, View mailbox) {
  const auto account = site.directory->account(address);
  auto mailboxes = site.accounts->open(account->id, {});
  const auto messages = (*mailboxes)->messages(mailbox);
  REQUIRE(messages.has_value());
  REQUIRE(messages->size() == 1);
  return messages->front().flags.keywords;
}

}  // namespace

TEST_CASE("delivery filing: findings stand in front of the message, and who fails is junk") {
  Site site;
  for (const auto& result :
       site.deliver(judged(site, {"ann@example.net"}), "Subject: a\r\n\r\nText\r\n", findings(Enforcement::quarantine)))
    CHECK(result.has_value());
  CHECK(site.inbox("ann@example.net").empty());
  const auto junk = site.inbox("ann@example.net", "Junk");
  REQUIRE(junk.size() == 1);
  CHECK(junk[0].starts_with("Return-Path: <far@two.example>\r\nDelivered-To: ann@example.net\r\n" + own(kResults) +
                            "Received: "));
  CHECK(keywords(site, "ann@example.net", "Junk") == std::vector<std::string>{"$Junk"});
}

TEST_CASE("delivery filing: a domain follows policies as far as it wants to") {
  Site site;
  REQUIRE(site.directory->add_domain({.name = "lax.example"}).has_value());
  REQUIRE(site.directory->add_alias({"ann@lax.example", {"ann@example.net"}}).has_value());
  REQUIRE(site.directory->add_alias({"bob@lax.example", {"bob@example.net"}}).has_value());
  REQUIRE(site.directory->set_enforcement("LAX.example", Enforcement::none).has_value());
  CHECK(site.directory->set_enforcement("other.example", Enforcement::none).error().code == Code::not_found);
  for (const auto& result :
       site.deliver(judged(site, {"bob@lax.example", "ann@example.net"}), "\r\n", findings(Enforcement::reject)))
    CHECK(result.has_value());
  CHECK(site.inbox("bob@example.net").size() == 1);
  CHECK(site.inbox("ann@example.net", "Junk").size() == 1);
  CHECK(site.inbox("bob@example.net", "Junk").empty());
}

TEST_CASE("delivery filing: a long message waits for its findings in the queue") {
  Site site;
  std::string message = "Subject: long\r\n\r\n";
  for (int i = 0; message.size() < 700'000; ++i) message += "line " + std::to_string(i) + "\r\n";
  for (const auto& result :
       site.deliver(judged(site, {"ann@example.net", "bob@example.net"}), message, findings(Enforcement::reject)))
    CHECK(result.has_value());
  CHECK(site.inbox("ann@example.net", "Junk").empty());
  CHECK(site.queue->size() == 1);
  site.serve_local();
  for (const View address : {"ann@example.net", "bob@example.net"}) {
    const auto junk = site.inbox(address, "Junk");
    REQUIRE(junk.size() == 1);
    CHECK(junk[0].contains("Delivered-To: " + own(address) + "\r\n" + own(kResults) + "Received: "));
    CHECK(junk[0].ends_with(message));
  }
}

TEST_CASE("delivery filing: what goes to other hosts says nothing of findings") {
  Site site;
  for (const auto& result : site.deliver(judged(site, {"info@example.net"}), "\r\n", findings(Enforcement::quarantine)))
    CHECK(result.has_value());
  site.serve_local();
  CHECK(site.inbox("ann@example.net", "Junk").size() == 1);
  const auto work = site.queue->take({"one.example", queue::TlsWish::policy});
  REQUIRE((work && *work));
  CHECK((*work)->item.prefix == "Delivered-To: info@example.net\r\n");
  CHECK_FALSE((*work)->item.junk);
  CHECK_FALSE(site.queue->read_body((*work)->message, 0, 10'000)->contains("Authentication-Results"));
}

TEST_CASE("delivery filing: without a mailbox for junk it is INBOX") {
  Site site;
  const auto account = site.directory->account("ann@example.net");
  auto mailboxes = site.accounts->open(account->id, {});
  REQUIRE((*mailboxes)->session()->remove("Junk").has_value());
  CHECK(site.deliver(judged(site, {"ann@example.net"}), "\r\n", findings(Enforcement::quarantine))[0].has_value());
  CHECK(site.inbox("ann@example.net").size() == 1);
  CHECK(keywords(site, "ann@example.net", "INBOX") == std::vector<std::string>{"$Junk"});
}
