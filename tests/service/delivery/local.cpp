#include "posthorn/service/delivery/local.h"

#include "posthorn/testing/faulty_store.h"

#include "service/delivery/site.h"

using namespace posthorn;
using namespace posthorn::delivery;

TEST_CASE("delivery: who asked for a report of success gets it for a mailbox here too") {
  Site site;
  Envelope envelope = site.envelope({"ann@example.net", "bob@example.net"});
  envelope.recipients[0].notify = {.success = true, .given = true};
  CHECK(site.deliver(std::move(envelope))[0].has_value());
  site.serve_local();
  CHECK(site.inbox("ann@example.net").size() == 1);
  CHECK(site.inbox("bob@example.net").size() == 1);
  const auto work = site.queue->take({"two.example", queue::TlsWish::policy});
  REQUIRE(work.has_value());
  REQUIRE(work->has_value());
  CHECK((*work)->message.sender.empty());
  const auto report = site.queue->read_body((*work)->message, 0, (*work)->message.octets);
  REQUIRE(report.has_value());
  CHECK(report->contains("Final-Recipient: rfc822; ann@example.net\r\n"));
  CHECK(report->contains("\r\nAction: delivered\r\n"));
  CHECK_FALSE(report->contains("bob@example.net"));
}

TEST_CASE("delivery: nobody is told of success by the null sender's mail") {
  Site site;
  Envelope envelope = site.envelope({"ann@example.net"});
  envelope.sender.clear();
  envelope.recipients[0].notify = {.success = true, .given = true};
  CHECK(site.deliver(std::move(envelope))[0].has_value());
  CHECK(site.inbox("ann@example.net").size() == 1);
  CHECK(site.queue->size() == 0);
}

TEST_CASE("delivery: mail that shall be held waits for mailboxes here too") {
  Site site;
  Envelope envelope = site.envelope({"ann@example.net"});
  envelope.wishes.not_before = site.clock.wall() + std::chrono::hours(1);
  CHECK(site.deliver(std::move(envelope))[0].has_value());
  site.serve_local();
  CHECK(site.inbox("ann@example.net").empty());
  site.clock.advance(std::chrono::hours(1));
  site.queue->tick();
  site.serve_local();
  CHECK(site.inbox("ann@example.net").size() == 1);
}

TEST_CASE("delivery: mail for mailboxes here and for other hosts is one message of the queue") {
  Site site;
  const auto results = site.deliver(site.envelope({"info@example.net", "x@three.example"}));
  REQUIRE(results.size() == 2);
  CHECK(results[0].has_value());
  CHECK(results[1].has_value());
  CHECK(site.queue->size() == 3);
  CHECK(site.inbox("ann@example.net").empty());
  site.serve_local();
  REQUIRE(site.inbox("ann@example.net").size() == 1);
  const std::string mail = site.inbox("ann@example.net")[0];
  CHECK(mail.starts_with(
      "Return-Path: <far@two.example>\r\nDelivered-To: ann@example.net\r\nReceived: from client.example"));
  CHECK(mail.ends_with("Subject: a\r\n\r\nText\r\n"));
  auto away = site.queue->take({"one.example", {}});
  REQUIRE(away.has_value());
  REQUIRE(away->has_value());
  CHECK((*away)->item.prefix == "Delivered-To: info@example.net\r\n");
  const auto body = site.queue->read_body((*away)->message, 0, 10'000);
  REQUIRE(body.has_value());
  CHECK(body->starts_with("Received: from client.example"));
  CHECK(body->ends_with("Subject: a\r\n\r\nText\r\n"));
}

TEST_CASE("delivery: work of the queue that is done twice is stored once") {
  Site site;
  site.deliver(site.envelope({"info@example.net"}));
  auto work = site.queue->take(queue::Destination{});
  REQUIRE(work.has_value());
  REQUIRE(work->has_value());
  for (int i = 0; i < 2; ++i) {
    const auto outcomes = site.local->deliver(**work, *site.queue);
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].kind == queue::Outcome::Kind::stored);
  }
  CHECK(site.inbox("ann@example.net").size() == 1);
}

TEST_CASE("delivery: a mailbox that is full or gone meanwhile") {
  Site site;
  site.deliver(site.envelope({"info@example.net"}));
  auto work = site.queue->take(queue::Destination{});
  REQUIRE(work->has_value());
  REQUIRE(site.directory->set_quota("ann@example.net", 10, 0).has_value());
  auto outcomes = site.local->deliver(**work, *site.queue);
  CHECK(outcomes[0].kind == queue::Outcome::Kind::deferred);
  CHECK(outcomes[0].status == "4.2.2");
  REQUIRE(site.directory->remove_alias("info@example.net").has_value());
  REQUIRE(site.directory->remove_mailbox("ann@example.net").has_value());
  outcomes = site.local->deliver(**work, *site.queue);
  CHECK(outcomes[0].kind == queue::Outcome::Kind::failed);
  CHECK(outcomes[0].status == "5.1.1");
}

TEST_CASE("delivery: an alias in a circle over other hosts ends") {
  Site site;
  const View circle = "Delivered-To: info@example.net\r\nSubject: a\r\n\r\n";
  const auto results = site.deliver(site.envelope({"info@example.net"}), circle);
  REQUIRE_FALSE(results[0].has_value());
  CHECK(results[0].error().code == Code::too_many);
  const auto hops = site.deliver(site.envelope({"x@three.example"}),
                                 "Received: a\r\nReceived: b\r\nReceived: c\r\nReceived: d\r\n\r\n");
  CHECK_FALSE(hops[0].has_value());
  CHECK(site.queue->size() == 0);
}

TEST_CASE("delivery: what one of two mailboxes cannot take now waits in the queue") {
  const auto memory = store::make_memory_store();
  testing::FaultyStore faulty(*memory);
  Site site(&faulty);
  bool waited = false;
  for (std::uint64_t at = 1; at < 60; ++at) {
    const std::size_t before =
        site.inbox("ann@example.net").size() + site.inbox("bob@example.net").size() + site.queue->size();
    auto transaction = site.delivery->begin(site.envelope({"ann@example.net", "bob@example.net"}));
    REQUIRE(transaction.has_value());
    REQUIRE((*transaction)->append("Subject: a\r\n\r\nText\r\n").has_value());
    faulty.fail_at(at, environment_error(Code::unavailable));
    const auto results = (*transaction)->finish();
    const bool failed = faulty.failed();
    faulty.fail_at(1'000'000'000, environment_error(Code::unavailable));
    const std::size_t after =
        site.inbox("ann@example.net").size() + site.inbox("bob@example.net").size() + site.queue->size();
    if (results[0] && results[1]) CHECK(after >= before + 2);
    waited = waited || (failed && site.queue->size() > 0);
    if (!failed) break;
  }
  CHECK(waited);
  site.serve_local();
  CHECK(site.queue->size() == 0);
}

TEST_CASE("delivery: reports go where their addresses lead") {
  Site site;
  const auto router = make_router(*site.directory, {});
  CHECK(router("ann@example.net")->front().destination.is_local());
  CHECK(router("x@four.example")->front().destination.domain == "four.example");
  CHECK(router("info@example.net")->size() == 2);
  CHECK(router("nobody@example.net").error().code == Code::not_found);
}
