// A queue over a store in memory with a clock that tests turn, and carriers that succeed and fail as they are told.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/queue/courier.h"
#include "posthorn/service/queue/dispatcher.h"
#include "posthorn/service/queue/ledger.h"
#include "posthorn/service/queue/queue.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::queue {

/// The same policy for all, unless a destination has its own.
class FakePolicies : public Policies {
 public:
  Policy policy(const Destination& destination) override {
    const auto own = special.find(destination.domain);
    return own == special.end() ? common : own->second;
  }
  Policy common;
  std::map<std::string, Policy> special;
};

/// Keeps what it delivers.
class FakeLocal : public LocalDelivery {
 public:
  std::vector<Outcome> deliver(const Work& work, Queue& queue) override {
    std::vector<Outcome> outcomes;
    for (const Recipient& recipient : work.item.recipients) {
      Outcome outcome;
      outcome.kind = Outcome::Kind::stored;
      if (failing.contains(recipient.address)) outcome = failing.at(recipient.address);
      if (outcome.kind == Outcome::Kind::stored) {
        const auto text = queue.read_body(work.message, 0, work.message.octets);
        if (text) mail[recipient.address].push_back(*text);
        if (!text) outcome.kind = Outcome::Kind::deferred;
      }
      outcomes.push_back(outcome);
    }
    return outcomes;
  }
  std::map<std::string, std::vector<std::string>> mail;
  std::map<std::string, Outcome> failing;
};

/// Takes work as a courier would and gives it the outcome that is set for the destination.
class FakeCarrier : public Carrier {
 public:
  explicit FakeCarrier(Queue& queue, const Clock& clock) : queue_(queue), clock_(clock) {}
  void carry(const Destination& destination, MakeCourier, Done done) override {
    tries.emplace_back(clock_.wall(), destination.domain);
    const auto state = down.find(destination.domain);
    if (state != down.end()) return done(state->second);
    for (;;) {
      auto work = queue_.take(destination);
      if (!work || !*work) break;
      std::vector<Outcome> outcomes;
      for (const Recipient& recipient : (*work)->item.recipients) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::relayed;
        outcome.status = "2.0.0";
        outcome.said = "250 ok";
        if (replies.contains(recipient.address)) outcome = replies.at(recipient.address);
        if (outcome.kind == Outcome::Kind::relayed)
          relayed.push_back({(*work)->key, recipient.address, (*work)->item.sender});
        outcomes.push_back(outcome);
      }
      static_cast<void>(queue_.finish(std::move(**work), outcomes));  // a failure is the queue's business
      queue_.reached(destination);
    }
    done({});
  }
  struct Relayed {
    ItemKey key;
    std::string address;
    std::string sender;
  };
  std::map<std::string, Carried> down;
  std::map<std::string, Outcome> replies;
  std::vector<Relayed> relayed;
  std::vector<std::pair<WallTime, std::string>> tries;

 private:
  Queue& queue_;
  const Clock& clock_;
};

class FakeHands : public Hands {
 public:
  void submit(std::move_only_function<void()> job) override { job(); }
};

inline Carried unreachable() { return {Carried::What::unreachable, "4.4.1", "connection timed out"}; }

inline Outcome outcome(Outcome::Kind kind, std::string status, std::string said) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.status = std::move(status);
  outcome.said = std::move(said);
  return outcome;
}

struct House {
  explicit House(store::Store* other = nullptr) : store(other == nullptr ? *memory : *other) { reopen(); }

  /// Another process: the queue is read from the store again.
  void reopen() {
    dispatcher.reset();
    carrier.reset();
    queue.reset();
    auto opened = Queue::open(store, clock, random, policies, router(), options());
    REQUIRE(opened.has_value());
    queue = std::move(*opened);
    REQUIRE(queue->load().has_value());
    carrier = std::make_unique<FakeCarrier>(*queue, clock);
    dispatcher = std::make_unique<Dispatcher>(*queue, *carrier, local, hands, clock, DispatcherOptions{});
  }

  static Options options() {
    Options options;
    options.host_name = "mx.example.net";
    return options;
  }

  /// Mail of example.net is ours.
  static Queue::Router router() {
    return [](View address) -> Result<std::vector<Item>> {
      std::vector<Item> items(1);
      const std::string domain(address.substr(address.find('@') + 1));
      if (domain == "nowhere.example") return fail(peer_error(Code::not_found));
      if (domain != "example.net") items.front().destination.domain = domain;
      items.front().recipients.push_back({0, std::string(address), {}, {}});
      return items;
    };
  }

  MessageId accept(std::vector<std::string> recipients, std::string sender = "ann@example.net", Notify notify = {},
                   std::string account = {}, Message message = {}) {
    auto body = queue->write_body();
    REQUIRE(body.has_value());
    const std::string text = "From: ann@example.net\r\nSubject: hello\r\nMessage-ID: <1@example.net>\r\n\r\nHello.\r\n";
    REQUIRE((*body)->append(text).has_value());
    message.sender = std::move(sender);
    message.account = std::move(account);
    message.body = *(*body)->finish();
    message.octets = text.size();
    std::vector<Item> items;
    for (const std::string& address : recipients) {
      const std::string domain = address.substr(address.find('@') + 1);
      const auto known =
          std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.destination.domain == domain; });
      Item& item = known == items.end() ? items.emplace_back() : *known;
      item.destination.domain = domain == "example.net" ? "" : domain;
      item.sender = message.sender;
      item.recipients.push_back({0, address, {}, notify});
    }
    const auto id = queue->accept(std::move(message), std::move(items));
    REQUIRE(id.has_value());
    return *id;
  }

  /// Lets time run until nothing waits any more, or for `most`.
  void run(std::chrono::seconds most) {
    const WallTime end = clock.wall() + most;
    dispatcher->run();
    while (queue->size() > 0 && clock.wall() < end) {
      const WallTime due = std::max(dispatcher->due(), clock.wall() + std::chrono::seconds(1));
      clock.advance(std::min(due, end) - clock.wall());
      dispatcher->run();
    }
  }

  LedgerSums check() {
    const auto sums = check_ledger(store, [](View fault) { FAIL_CHECK(std::string(fault)); });
    REQUIRE(sums.has_value());
    return *sums;
  }

  std::unique_ptr<store::Store> memory = store::make_memory_store();
  store::Store& store;
  testing::FakeClock clock;
  testing::SeededRandom random{1};
  FakePolicies policies;
  FakeLocal local;
  FakeHands hands;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<FakeCarrier> carrier;
  std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace posthorn::queue
