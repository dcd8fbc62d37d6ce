#include "posthorn/service/delivery/local.h"

#include <doctest/doctest.h>

#include "posthorn/service/queue/dispatcher.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using namespace posthorn::delivery;

namespace {

class OnePolicy : public queue::Policies {
 public:
  queue::Policy policy(const queue::Destination&) override { return {}; }
};

/// A site with a mailbox, a queue, and aliases that lead away.
struct Site {
  explicit Site(store::Store* other = nullptr) : store(other == nullptr ? *memory : *other) {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    cheap.scram = false;
    auto opened = directory::Directory::open(store, random, cheap);
    REQUIRE(opened.has_value());
    directory = std::move(*opened);
    REQUIRE(directory->add_domain({.name = "example.net"}).has_value());
    for (const View address : {"ann@example.net", "bob@example.net"}) {
      auto account = directory->add_mailbox(address, Secret(View("secret")));
      REQUIRE(account.has_value());
      auto opened_account = accounts->open(account->id, {});
      REQUIRE((*opened_account)->provision().has_value());
    }
    REQUIRE(directory->add_alias({"info@example.net", {"ann@example.net", "far@one.example"}}).has_value());
    auto queued = queue::Queue::open(store, clock, random, policies, make_router(*directory, {}),
                                     {.host_name = "mx.example.net"});
    REQUIRE(queued.has_value());
    queue = std::move(*queued);
    REQUIRE(queue->load().has_value());
    options.host_name = "mx.example.net";
    options.queue = queue.get();
    options.max_received = 3;
    delivery = Delivery::make(*accounts, clock, random, options);
    local = make_local_delivery(*directory, *accounts, clock);
  }

  Envelope envelope(std::vector<std::string> recipients) {
    Envelope made;
    made.sender = "far@two.example";
    made.origin = {"client.example", "192.0.2.1", "ESMTP", ""};
    for (const std::string& address : recipients) {
      auto resolution = directory->resolve(address);
      if (!resolution) {
        resolution = directory::Resolution();
        resolution->relayed = true;
      }
      made.recipients.push_back({address, std::move(*resolution), {}, {}});
    }
    return made;
  }

  std::vector<Result<void>> deliver(Envelope what, View message = "Subject: a\r\n\r\nText\r\n") {
    auto transaction = delivery->begin(std::move(what));
    REQUIRE(transaction.has_value());
    REQUIRE((*transaction)->append(message).has_value());
    return (*transaction)->finish();
  }

  void serve_local() {
    for (;;) {
      auto work = queue->take(queue::Destination{});
      REQUIRE(work.has_value());
      if (!*work) return;
      auto outcomes = local->deliver(**work, *queue);
      REQUIRE(queue->finish(std::move(**work), std::move(outcomes)).has_value());
    }
  }

  std::vector<std::string> inbox(View address) {
    std::vector<std::string> bodies;
    const auto account = directory->account(address);
    REQUIRE(account.has_value());
    auto mailboxes = accounts->open(account->id, {});
    const auto messages = (*mailboxes)->messages("INBOX");
    REQUIRE(messages.has_value());
    for (const auto& message : *messages)
      bodies.push_back(*(*mailboxes)->reader()->read(message.body, 0, message.body.octets));
    return bodies;
  }

  std::unique_ptr<store::Store> memory = store::make_memory_store();
  store::Store& store;
  testing::FakeClock clock;
  testing::SeededRandom random{1};
  OnePolicy policies;
  std::unique_ptr<mailbox::Accounts> accounts = mailbox::Accounts::make(store, clock);
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<queue::Queue> queue;
  Options options;
  std::unique_ptr<Delivery> delivery;
  std::unique_ptr<queue::LocalDelivery> local;
};

}  // namespace

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
  envelope.not_before = site.clock.wall() + std::chrono::hours(1);
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
