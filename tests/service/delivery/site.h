// A site with a mailbox, a queue, and aliases that lead away, for tests of delivery.
#pragma once

#include <doctest/doctest.h>

#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/delivery/local.h"
#include "posthorn/service/queue/dispatcher.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::delivery {

class OnePolicy : public queue::Policies {
 public:
  queue::Policy policy(const queue::Destination&) override { return {}; }
};

struct Site {
  /// @param other  null: a store in memory; may have been another site's
  /// @param seed   names what this one makes: no two on one store have the same
  explicit Site(store::Store* other = nullptr, std::uint64_t seed = 1)
      : store(other == nullptr ? *memory : *other), random(seed) {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    cheap.scram = false;
    auto opened = directory::Directory::open(store, random, cheap);
    REQUIRE(opened.has_value());
    directory = std::move(*opened);
    if (!*directory->is_local_domain("example.net")) populate();
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

  void populate() {
    REQUIRE(directory->add_domain({.name = "example.net"}).has_value());
    for (const View address : {"ann@example.net", "bob@example.net"}) {
      auto account = directory->add_mailbox(address, Secret(View("secret")));
      REQUIRE(account.has_value());
      auto opened_account = accounts->open(account->id, {});
      REQUIRE((*opened_account)->provision().has_value());
    }
    REQUIRE(directory->add_alias({"info@example.net", {"ann@example.net", "far@one.example"}}).has_value());
  }

  void ask(Filter& filter) {
    options.filter = &filter;
    delivery = Delivery::make(*accounts, clock, random, options);
    local = make_local_delivery(*directory, *accounts, clock, options);
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

  std::vector<Result<void>> deliver(Envelope what, View message = "Subject: a\r\n\r\nText\r\n",
                                    Findings findings = {}) {
    auto transaction = delivery->begin(std::move(what));
    REQUIRE(transaction.has_value());
    constexpr std::size_t kPiece = 70'001;
    for (std::size_t at = 0; at < message.size(); at += kPiece)
      REQUIRE((*transaction)->append(message.substr(at, kPiece)).has_value());
    (*transaction)->judge(std::move(findings));
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

  std::vector<std::string> inbox(View address, View mailbox = "INBOX") {
    std::vector<std::string> bodies;
    const auto account = directory->account(address);
    REQUIRE(account.has_value());
    auto mailboxes = accounts->open(account->id, {});
    const auto messages = (*mailboxes)->messages(mailbox);
    REQUIRE(messages.has_value());
    for (const auto& message : *messages)
      bodies.push_back(*(*mailboxes)->reader()->read(message.body, 0, message.body.octets));
    return bodies;
  }

  std::unique_ptr<store::Store> memory = store::make_memory_store();
  store::Store& store;
  testing::FakeClock clock;
  testing::SeededRandom random;
  OnePolicy policies;
  std::unique_ptr<mailbox::Accounts> accounts = mailbox::Accounts::make(store, clock);
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<queue::Queue> queue;
  Options options;
  std::unique_ptr<Delivery> delivery;
  std::unique_ptr<queue::LocalDelivery> local;
};

}  // namespace posthorn::delivery
