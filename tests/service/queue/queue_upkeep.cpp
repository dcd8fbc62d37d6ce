// What time, operators and other processes do to the queue.
#include <atomic>
#include <thread>

#include "posthorn/testing/faulty_store.h"

#include "service/queue/house.h"
#include "service/queue/rows.h"

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace std::string_view_literals;

TEST_CASE("queue: another process takes mail in, and the one that runs the queue finds it") {
  House house;
  auto other = Queue::open(house.store, house.clock, house.random, house.policies, House::router(), House::options());
  REQUIRE(other.has_value());
  std::swap(*other, house.queue);
  house.accept({"bob@one.example"});
  std::swap(*other, house.queue);
  house.clock.advance(minutes(1));
  house.run(minutes(2));
  CHECK(house.carrier->relayed.size() == 1);
  CHECK(house.check().ended == 1);
}

TEST_CASE("queue: very much that other processes took in is found at once, and what was loaded is not taken twice") {
  constexpr std::size_t kMany = 2'100;
  House house;
  const auto accept_elsewhere = [&](std::size_t count) {
    auto other = Queue::open(house.store, house.clock, house.random, house.policies, House::router(), House::options());
    REQUIRE(other.has_value());
    std::swap(*other, house.queue);
    for (std::size_t i = 0; i < count; ++i) house.accept({"bob@one.example"});
    std::swap(*other, house.queue);
  };
  accept_elsewhere(1);
  house.reopen();
  CHECK(house.queue->size() == 1);
  accept_elsewhere(kMany);
  house.queue->tick();
  CHECK(house.queue->size() == kMany + 1);
  house.queue->tick();
  CHECK(house.queue->size() == kMany + 1);
}

TEST_CASE("queue: what others write is looked for once a second at most") {
  House house;
  house.queue->tick();
  house.accept({"bob@one.example"});  // rings the bell of the store as others do
  CHECK_FALSE(house.queue->tick_due());
  house.clock.advance(seconds(1));
  CHECK(house.queue->tick_due());
  house.queue->tick();
  CHECK_FALSE(house.queue->tick_due());
}

TEST_CASE("queue: orders are obeyed in their order") {
  House house;
  house.carrier->down["one.example"] = unreachable();
  const MessageId first = house.accept({"bob@one.example"}, "ann@example.net", {}, "ann");
  const MessageId second = house.accept({"cid@one.example"}, "ann@example.net", {}, "ann");
  house.dispatcher->run();
  const auto give = [&](Order kind, View subject) {
    REQUIRE(order(house.store, house.clock, house.random, kind, subject).has_value());
  };
  give(Order::hold, "one.example");
  give(Order::release, second.text());
  house.queue->tick();
  CHECK(*orders_waiting(house.store) == 0);
  house.carrier->down.clear();
  give(Order::flush, "one.example");
  house.queue->tick();
  house.dispatcher->run();
  REQUIRE(house.carrier->relayed.size() == 1);
  CHECK(house.carrier->relayed[0].key.message == second);
  give(Order::freeze, "ann");
  give(Order::release, "");
  house.queue->tick();
  house.dispatcher->run();
  CHECK(house.carrier->relayed.size() == 1);
  CHECK(*frozen_accounts(house.store) == std::vector<std::string>{"ann"});
  house.reopen();
  house.dispatcher->run();
  CHECK(house.queue->size() == 1);
  give(Order::expire, first.text());
  give(Order::thaw, "ann");
  house.queue->tick();
  house.run(minutes(5));
  CHECK(house.local.mail["ann@example.net"].size() == 1);
  CHECK(house.queue->size() == 0);
  CHECK_FALSE(order(house.store, house.clock, house.random, Order::expire, "").has_value());
  house.check();
}

TEST_CASE("queue: what an operator removes ends without a word") {
  House house;
  const MessageId id = house.accept({"bob@one.example"});
  REQUIRE(order(house.store, house.clock, house.random, Order::remove, id.text()).has_value());
  house.queue->tick();
  CHECK(house.queue->size() == 0);
  CHECK(house.check().ended == 1);
  CHECK(house.local.mail.empty());
}

// RFC 5321 section 4.5.4.1: the whole life of a message for a host that never answers.
TEST_CASE("queue: five days of attempts, a report of the delay, and a last report") {
  House house;
  house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::deferred, "4.3.2", "451 4.3.2 not now");
  const WallTime start = house.clock.wall();
  house.accept({"bob@one.example"});
  house.run(hours(24 * 6));
  CHECK(house.queue->size() == 0);
  std::vector<minutes> gaps;
  for (std::size_t i = 1; i < house.carrier->tries.size(); ++i) {
    gaps.push_back(std::chrono::round<minutes>(house.carrier->tries[i].first - house.carrier->tries[i - 1].first));
  }
  REQUIRE(gaps.size() > 8);
  CHECK(
      std::vector<minutes>(gaps.begin(), gaps.begin() + 7) ==
      std::vector<minutes>{minutes(5), minutes(10), minutes(20), minutes(40), minutes(80), minutes(160), minutes(240)});
  CHECK(house.carrier->tries.back().first == start + hours(24 * 5));
  REQUIRE(house.local.mail["ann@example.net"].size() == 2);
  CHECK(house.local.mail["ann@example.net"][0].find("Action: delayed") != std::string::npos);
  CHECK(house.local.mail["ann@example.net"][0].find("Will-Retry-Until:") != std::string::npos);
  CHECK(house.local.mail["ann@example.net"][1].find("Action: failed") != std::string::npos);
  CHECK(house.local.mail["ann@example.net"][1].find("5.4.7") != std::string::npos);
  CHECK(house.local.mail["ann@example.net"][1].find("not now") != std::string::npos);
  house.check();
}

TEST_CASE("queue: a host that cannot be reached is tried for all its mail together") {
  House house;
  house.carrier->down["one.example"] = unreachable();
  for (int i = 0; i < 200; ++i) house.accept({"bob@one.example"});
  house.run(hours(24 * 6));
  CHECK(house.queue->size() == 0);
  CHECK(house.carrier->tries.size() < 50);
  CHECK(house.local.mail["ann@example.net"].size() == 400);  // of each a delay and a failure
  house.check();
}

// Features F53: a primary is down for fifteen days, and its host asks for more time on the thirteenth.
TEST_CASE("queue: the retention of a backup domain is extended while mail waits") {
  House house;
  Policy backup;
  backup.backup = true;
  backup.retention = hours(24 * 14);
  backup.delay_after = seconds(0);
  backup.contact = "admin@example.net";
  house.policies.special["one.example"] = backup;
  house.carrier->down["one.example"] = unreachable();
  std::vector<MessageId> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(house.accept({"bob@one.example"}, "far@two.example"));
    house.run(minutes(30));
  }
  house.run(hours(24 * 13) - hours(25));
  CHECK(house.queue->size() == 50);
  house.policies.special["one.example"].retention = hours(24 * 30);
  house.run(hours(24 * 2));
  CHECK(house.queue->size() == 50);
  house.carrier->down.clear();
  house.run(minutes(2));
  CHECK(house.queue->size() == 0);
  REQUIRE(house.carrier->relayed.size() == 50);
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(house.carrier->relayed[i].key.message == sent[i]);
  CHECK(house.local.mail["admin@example.net"].size() == 3);  // half the time, three quarters, a day before the end
  CHECK(house.local.mail["admin@example.net"][0].find("Mail for one.example waits") != std::string::npos);
  CHECK(house.check().ended == 53);
}

TEST_CASE("queue: a backup domain that is down is tried every minute, whatever waits") {
  House house;
  house.policies.special["one.example"].backup = true;
  house.carrier->down["one.example"] = unreachable();
  for (int i = 0; i < 20; ++i) house.accept({"bob@one.example"});
  house.run(hours(1));
  CHECK(house.carrier->tries.size() >= 59);
  CHECK(house.carrier->tries.size() <= 62);
}

TEST_CASE("queue: an order for a domain means mail with every wish for TLS") {
  House house;
  for (const TlsWish wish : {TlsWish::policy, TlsWish::required, TlsWish::optional}) {
    auto body = house.queue->write_body();
    REQUIRE((*body)->append("x").has_value());
    Message message;
    message.body = *(*body)->finish();
    message.octets = 1;
    message.tls = wish;
    Item item;
    item.destination.domain = "one.example";
    item.sender = "ann@example.net";
    item.recipients.push_back({0, "bob@one.example", "", {}});
    REQUIRE(house.queue->accept(std::move(message), {std::move(item)}).has_value());
  }
  REQUIRE(order(house.store, house.clock, house.random, Order::hold, "one.example").has_value());
  house.queue->tick();
  house.run(minutes(1));
  CHECK(house.queue->size() == 3);
  REQUIRE(order(house.store, house.clock, house.random, Order::release, "one.example;requiretls").has_value());
  house.queue->tick();
  house.run(minutes(1));
  CHECK(house.queue->size() == 2);
}

TEST_CASE("queue: only who may share an item is named by an address") {
  House house;
  for (const Order kind : {Order::expire, Order::remove, Order::requeue})
    CHECK_FALSE(order(house.store, house.clock, house.random, kind, "bob@one.example").has_value());
  CHECK_FALSE(order(house.store, house.clock, house.random, Order::hand_over, "one.example").has_value());
}

TEST_CASE("queue: what is known of a destination goes when nothing waits for it and its rest is over") {
  House house;
  house.policies.common.retention = hours(1);
  house.carrier->down["one.example"] = unreachable();
  house.accept({"bob@one.example"}, "");
  house.run(hours(3));
  CHECK(house.queue->size() == 0);
  house.clock.advance(hours(5));
  house.queue->tick();
  CHECK(troubled_destinations(house.store).value().empty());
  house.carrier->down.clear();
  house.accept({"bob@one.example"});
  house.run(minutes(1));
  CHECK(house.carrier->relayed.size() == 1);
}

TEST_CASE("queue: mail that is taken in while the queue is loaded is there once") {
  constexpr int kBefore = 2'000;
  constexpr int kMeanwhile = 200;
  House house;
  for (int i = 0; i < kBefore; ++i) house.accept({"bob@one.example"});
  auto again = Queue::open(house.store, house.clock, house.random, house.policies, House::router(), House::options());
  REQUIRE(again.has_value());
  house.dispatcher.reset();
  house.carrier.reset();
  house.queue = std::move(*again);
  std::atomic<bool> loading = true;
  std::jthread loader([&] {
    CHECK(house.queue->load().has_value());
    loading = false;
  });
  for (int i = 0; i < kMeanwhile; ++i) house.accept({"bob@one.example"});
  loader.join();
  CHECK_FALSE(loading);
  house.queue->tick();
  CHECK(house.queue->size() == kBefore + kMeanwhile);
}

// RFC 2852 section 4.1.4.
TEST_CASE("queue: DELIVERBY is kept while the destination is down, and after a restart") {
  for (const bool returns : {true, false}) {
    CAPTURE(returns);
    House house;
    house.carrier->down["far.example"] = unreachable();
    house.policies.common.delay_after = std::chrono::hours(30);
    Message wishes;
    wishes.deliver_by = house.clock.wall() + std::chrono::minutes(17);
    wishes.return_late = returns;
    house.accept({"bob@far.example"}, "ann@example.net", {}, {}, wishes);
    house.run(std::chrono::minutes(8));
    house.reopen();
    house.carrier->down["far.example"] = unreachable();
    house.run(std::chrono::minutes(9) - std::chrono::seconds(1));
    CHECK(house.local.mail["ann@example.net"].empty());
    house.run(std::chrono::seconds(1));
    house.run(std::chrono::seconds(1));
    REQUIRE(house.local.mail["ann@example.net"].size() == 1);
    const std::string& report = house.local.mail["ann@example.net"].front();
    CHECK(report.find(returns ? "Action: failed" : "Action: delayed") != std::string::npos);
    CHECK(report.find(returns ? "Status: 5.4.7" : "Status: 4.4.7") != std::string::npos);
    CHECK(house.queue->size() == (returns ? 0 : 1));
    // The other mode goes on, and tells of the delay once.
    house.carrier->down.clear();
    house.run(std::chrono::hours(5));
    CHECK(house.local.mail["ann@example.net"].size() == 1);
    CHECK(house.carrier->relayed.size() == (returns ? 0 : 1));
    house.check();
  }
}

namespace {

/// Another process that takes mail in: its queue is not loaded.
void accept_elsewhere(House& house, std::vector<std::string> recipients, Message wishes = {}) {
  auto other = Queue::open(house.store, house.clock, house.random, house.policies, House::router(), House::options());
  REQUIRE(other.has_value());
  std::swap(*other, house.queue);
  house.accept(std::move(recipients), "ann@example.net", {}, {}, std::move(wishes));
  std::swap(*other, house.queue);
}

void order_now(House& house, Order kind, View subject) {
  REQUIRE(order(house.store, house.clock, house.random, kind, subject).has_value());
  house.clock.advance(seconds(1));
  house.queue->tick();
}

}  // namespace

TEST_CASE("queue: a message stays as long as one of its items does, known or not") {
  const auto memory = store::make_memory_store();
  testing::FaultyStore faulty(*memory);
  House house(&faulty);
  accept_elsewhere(house, {"ann@example.net", "bob@one.example"});
  house.clock.advance(seconds(2));
  // News are scanned, the first item is read, the second one cannot be.
  faulty.fail_at(3, environment_error(Code::unavailable));
  house.queue->tick();
  REQUIRE(faulty.failed());
  REQUIRE(house.queue->size() == 1);
  house.dispatcher->run();
  CHECK(house.local.mail["ann@example.net"].size() == 1);
  house.clock.advance(minutes(2));
  house.queue->tick();
  house.run(minutes(3));
  REQUIRE(house.carrier->relayed.size() == 1);
  CHECK(house.carrier->relayed[0].address == "bob@one.example");
  CHECK(house.check().ended == 2);
}

TEST_CASE("queue: one damaged row keeps no other mail back") {
  House house;
  const MessageId damaged = house.accept({"bob@one.example"});
  house.accept({"cid@one.example"});
  auto rows = house.store.open(kQueueAccount);
  store::Batch batch;
  batch.put(item_key({damaged, 0}), "\x01\xff");
  batch.put(destination_key({"two.example", {}}), "\x01");
  REQUIRE((*rows)->commit(batch).has_value());
  house.reopen();
  house.run(minutes(1));
  REQUIRE(house.carrier->relayed.size() == 1);
  CHECK(house.carrier->relayed[0].address == "cid@one.example");
  CHECK((*(*rows)->get(message_key(damaged))).has_value());
}

// RFC 4865.
TEST_CASE("queue: what is kept back goes at its time, whatever becomes of its destination until then") {
  for (const bool restarted : {false, true}) {
    CAPTURE(restarted);
    House house;
    Message wishes;
    const WallTime release = house.clock.wall() + hours(24 * 10);
    wishes.not_before = release;
    house.accept({"bob@one.example"}, "ann@example.net", {}, {}, wishes);
    house.carrier->down["one.example"] = unreachable();
    house.accept({"cid@one.example"});
    house.run(hours(6));
    if (restarted) house.reopen();
    house.carrier->down.clear();
    house.clock.advance(hours(4));
    house.run(hours(1));  // reached again: all that waits for it is ready
    if (!restarted) CHECK(house.carrier->relayed.size() == 1);
    order_now(house, Order::flush, "one.example");
    house.run(release - house.clock.wall() - minutes(1));
    CHECK(house.queue->size() == 1);
    CHECK(house.local.mail["ann@example.net"].size() == 1);  // the delay of the other one
    house.run(minutes(2));
    CHECK(house.queue->size() == 0);
    CHECK(house.carrier->relayed.back().address == "bob@one.example");
    CHECK(house.check().ended == 3);
  }
}

TEST_CASE("queue: the time of what was kept back begins when it may go") {
  House house;
  Message wishes;
  wishes.not_before = house.clock.wall() + hours(24 * 10);
  const WallTime release = wishes.not_before;
  house.accept({"bob@one.example"}, "", {}, {}, wishes);
  house.carrier->down["one.example"] = unreachable();
  house.run(hours(24 * 14));
  CHECK(house.queue->size() == 1);
  house.run(release + hours(24 * 5 + 2) - house.clock.wall());
  CHECK(house.queue->size() == 0);
  CHECK(house.check().ended == 1);
}

TEST_CASE("queue: an operator sends what is kept back by requeueing it") {
  House house;
  Message wishes;
  wishes.not_before = house.clock.wall() + hours(10);
  const MessageId id = house.accept({"bob@one.example"}, "ann@example.net", {}, {}, wishes);
  order_now(house, Order::hold, id.text());
  order_now(house, Order::release, id.text());
  house.dispatcher->run();
  CHECK(house.carrier->relayed.empty());
  order_now(house, Order::requeue, id.text());
  house.dispatcher->run();
  CHECK(house.carrier->relayed.size() == 1);
}

TEST_CASE("queue: what ended before a requeue stays in the ledger") {
  House house;
  house.carrier->replies["cid@one.example"] = outcome(Outcome::Kind::deferred, "4.2.1", "450 later");
  const MessageId id = house.accept({"bob@one.example", "cid@one.example"});
  house.dispatcher->run();
  CHECK(house.check().ended == 1);
  house.carrier->replies.clear();
  order_now(house, Order::requeue, id.text());
  house.dispatcher->run();
  CHECK(house.queue->size() == 0);
  CHECK(house.check().ended == 2);
}

TEST_CASE("queue: an order waits for what is being tried, and is not for what comes later") {
  for (const Order kind : {Order::hold, Order::remove}) {
    House house;
    house.accept({"bob@one.example"});
    auto work = house.queue->take({"one.example", TlsWish::policy});
    REQUIRE(work->has_value());
    order_now(house, kind, "one.example");
    CHECK(orders_waiting(house.store).value() == 1);
    house.clock.advance(seconds(1));
    const MessageId later = house.accept({"bob@one.example"});
    REQUIRE(house.queue->finish(std::move(**work), {outcome(Outcome::Kind::deferred, "4.2.1", "450 later")}));
    house.clock.advance(seconds(2));
    house.queue->tick();
    CHECK(orders_waiting(house.store).value() == 0);
    house.clock.advance(minutes(10));
    house.dispatcher->run();
    REQUIRE(house.carrier->relayed.size() == 1);
    CHECK(house.carrier->relayed[0].key.message == later);
    CHECK(house.queue->size() == (kind == Order::hold ? 1 : 0));
    house.check();
  }
}

TEST_CASE("queue: a letter with the name of an older message has its own time") {
  House house;
  house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::deferred, "4.2.1", "450 later");
  const auto seconds_then = static_cast<std::uint64_t>(house.clock.wall().time_since_epoch().count());
  house.clock.advance(hours(24 * 6));
  auto body = house.queue->write_body();
  REQUIRE((*body)->append("Subject: a\r\n\r\n").has_value());
  Message message;
  message.sender = "ann@example.net";
  message.arrived = house.clock.wall();
  message.body = *(*body)->finish();
  message.octets = 14;
  Item item;
  item.destination.domain = "one.example";
  item.sender = message.sender;
  item.recipients.push_back({0, "bob@one.example", {}, {}});
  REQUIRE(house.queue->adopt({seconds_then << 24U, 7}, message, {item}).value());
  house.run(hours(3));
  CHECK(house.carrier->tries.size() > 4);
}
