#include "posthorn/service/queue/queue.h"

#include <atomic>
#include <thread>

#include "posthorn/testing/faulty_store.h"

#include "service/queue/house.h"

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace std::string_view_literals;

TEST_CASE("queue: mail for several hosts is one message, and each recipient ends once") {
  House house;
  house.accept({"bob@one.example", "cid@one.example", "dan@two.example"});
  CHECK(house.check().waiting == 3);
  house.run(minutes(1));
  CHECK(house.queue->size() == 0);
  CHECK(house.carrier->relayed.size() == 3);
  const LedgerSums sums = house.check();
  CHECK(sums.accepted == 1);
  CHECK(sums.recipients == 3);
  CHECK(sums.ended == 3);
  std::size_t bodies = 0;
  auto rows = house.store.open(kQueueAccount);
  REQUIRE((*rows)->each_blob([&](store::BlobId, std::uint64_t) { ++bodies; }).has_value());
  CHECK(bodies == 0);
}

TEST_CASE("queue: a failure is reported by the commit that records it") {
  House house;
  house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::failed, "5.1.1", "550 5.1.1 no such user");
  house.accept({"bob@one.example", "cid@one.example"});
  house.run(minutes(1));
  REQUIRE(house.local.mail["ann@example.net"].size() == 1);
  const std::string& report = house.local.mail["ann@example.net"][0];
  CHECK(report.find("no such user") != std::string::npos);
  CHECK(report.find("bob@one.example") != std::string::npos);
  CHECK(report.find("cid@one.example") == std::string::npos);
  CHECK(house.check().accepted == 2);
}

TEST_CASE("queue: reports never loop") {
  House house;
  house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::failed, "5.1.1", "550 no");
  house.carrier->replies["eve@two.example"] = outcome(Outcome::Kind::failed, "5.1.1", "550 no");
  house.accept({"bob@one.example"}, "eve@two.example");
  house.run(hours(24 * 10));
  CHECK(house.queue->size() == 0);
  CHECK(house.check().accepted == 2);  // the message and one report
  house.accept({"bob@one.example"}, "");
  house.accept({"bob@one.example"}, "who@nowhere.example");
  house.run(hours(24 * 10));
  CHECK(house.queue->size() == 0);
  CHECK(house.check().accepted == 4);
}

// RFC 8689 section 5.
TEST_CASE("queue: what is wished for the TLS of a message holds for the reports about it, as far as they can go") {
  for (const TlsWish wish : {TlsWish::policy, TlsWish::required, TlsWish::optional}) {
    House house;
    Message wishes;
    wishes.tls = wish;
    wishes.content = Return::full;
    house.accept({"bob@one.example"}, "eve@two.example", {}, {}, wishes);
    auto work = house.queue->take({"one.example", wish});
    REQUIRE(work->has_value());
    REQUIRE(house.queue->finish(std::move(**work), {outcome(Outcome::Kind::failed, "5.1.1", "550 no")}));
    // Nobody would hear of a report that REQUIRETLS keeps from going.
    const auto report = house.queue->take({"two.example", wish == TlsWish::required ? TlsWish::policy : wish});
    REQUIRE(report->has_value());
    CHECK((*report)->message.tls == wish);
    const auto text = house.queue->read_body((*report)->message, 0, 100'000);
    CHECK(text->contains("\r\nHello.\r\n") == (wish != TlsWish::required));
  }
}

TEST_CASE("queue: two reports of one attempt have their own ids") {
  House house;
  house.policies.common.delay_after = minutes(1);
  house.accept({"bob@one.example", "cid@one.example"});
  house.clock.advance(minutes(2));
  auto work = house.queue->take({"one.example", TlsWish::policy});
  REQUIRE(work->has_value());
  REQUIRE(house.queue->finish(std::move(**work), {outcome(Outcome::Kind::failed, "5.1.1", "550 no"),
                                                  outcome(Outcome::Kind::deferred, "4.2.1", "450 later")}));
  house.dispatcher->run();
  const auto& reports = house.local.mail["ann@example.net"];
  REQUIRE(reports.size() == 2);
  const auto id_of = [](View report) {
    const std::size_t begin = report.find("\r\nMessage-ID: ");
    REQUIRE(begin != View::npos);
    return report.substr(begin, report.find("\r\n", begin + 2) - begin);
  };
  CHECK(id_of(reports[0]) != id_of(reports[1]));
}

TEST_CASE("queue: what waits survives the process, and its schedule with it") {
  House house;
  house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::deferred, "4.2.1", "450 later");
  const MessageId id = house.accept({"bob@one.example"});
  house.dispatcher->run();
  CHECK(house.carrier->tries.size() == 1);
  house.reopen();
  house.dispatcher->run();
  CHECK(house.carrier->tries.empty());
  house.clock.advance(minutes(5));
  house.dispatcher->run();
  REQUIRE(house.carrier->relayed.size() == 1);
  CHECK(house.carrier->relayed[0].key.message == id);
  CHECK(house.check().ended == 1);
}

TEST_CASE("queue: what is taken in after a restart comes after what was there") {
  House house;
  std::vector<MessageId> ids;
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < 3; ++k) ids.push_back(house.accept({"bob@one.example"}));
    house.reopen();
  }
  CHECK(std::is_sorted(ids.begin(), ids.end()));
}

TEST_CASE("queue: a destination that does not exist fails what waits for it") {
  House house;
  house.carrier->down["one.example"] = {Carried::What::impossible, "5.1.2", "there is no domain one.example"};
  house.accept({"bob@one.example"});
  house.run(minutes(1));
  CHECK(house.queue->size() == 0);
  REQUIRE(house.local.mail["ann@example.net"].size() == 1);
  CHECK(house.local.mail["ann@example.net"][0].find("5.1.2") != std::string::npos);
}

// The process goes on after the failure, or ends there, as when it is killed or the machine stops: what it knew and
// could not write is lost then.
void fail_everywhere(bool killed) {
  bool clean = false;
  for (std::uint64_t at = 1; !clean; ++at) {
    REQUIRE(at < 2000);
    const auto memory = store::make_memory_store();
    testing::FaultyStore faulty(*memory);
    House house(&faulty);
    house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::failed, "5.1.1", "550 no");
    house.carrier->replies["cid@one.example"] = outcome(Outcome::Kind::deferred, "4.1.1", "450 later");
    house.accept({"bob@one.example", "cid@one.example", "dan@two.example", "ann@example.net"});
    faulty.fail_at(at, environment_error(Code::no_space));
    for (int i = 0; i < 5 && !(killed && faulty.failed()); ++i) {
      house.dispatcher->run();
      house.clock.advance(minutes(2));
    }
    clean = !faulty.failed();
    faulty.fail_at(1'000'000'000, environment_error(Code::no_space));  // from here on nothing fails
    if (killed) house.reopen();
    const auto sums =
        check_ledger(*memory, [&](View fault) { FAIL_CHECK("failure at " << at << ": " << std::string(fault)); });
    REQUIRE(sums.has_value());
    house.carrier->replies.clear();
    house.carrier->replies["bob@one.example"] = outcome(Outcome::Kind::failed, "5.1.1", "550 no");
    house.run(hours(24));
    CHECK(house.queue->size() == 0);
    house.check();
    CHECK(house.local.mail["ann@example.net"].size() >= 2);  // the message, and the report about bob
  }
}

TEST_CASE("queue: a store that fails at any moment loses nothing") { fail_everywhere(false); }

TEST_CASE("queue: a process that ends at any write loses nothing") { fail_everywhere(true); }

TEST_CASE("queue ledger: what is missing or double is named") {
  House house;
  house.carrier->down["one.example"] = unreachable();
  const MessageId id = house.accept({"bob@one.example", "cid@two.example"});
  house.dispatcher->run();
  auto rows = house.store.open(kQueueAccount);
  REQUIRE(rows.has_value());
  const auto faults = [&] {
    std::vector<std::string> found;
    REQUIRE(check_ledger(house.store, [&](View fault) { found.push_back(std::string(fault)); }).has_value());
    return found;
  };
  CHECK(faults().empty());
  const std::string item = "i:" + id.text() + ":0000";
  const auto kept = (*rows)->get(item);
  REQUIRE(kept.has_value());
  REQUIRE(kept->has_value());
  REQUIRE((*rows)->commit(store::Batch().erase(item)).has_value());
  CHECK(faults().size() == 2);  // a recipient is lost, and an envelope waits for nobody
  REQUIRE((*rows)
              ->commit(store::Batch().put(item, (*kept)->value).put("e:" + id.text() + ":0000:9", "\x01\0\x02\x05"sv))
              .has_value());
  CHECK(faults().size() == 1);
  REQUIRE((*rows)->commit(store::Batch().erase("a:" + id.text())).has_value());
  CHECK(faults().size() == 1);
}

TEST_CASE("queue ledger: old records go when their time is over") {
  House house;
  house.carrier->down["one.example"] = unreachable();
  house.accept({"bob@two.example"});
  house.accept({"bob@one.example"});
  house.dispatcher->run();
  house.clock.advance(hours(24 * 31));
  CHECK(*expire_ledger(house.store, house.clock.wall() - hours(24 * 30)) == 1);
  const LedgerSums sums = house.check();
  CHECK(sums.accepted == 1);
  CHECK(sums.waiting == 1);
}

namespace {

/// Takes over a message of another queue for one recipient. @returns what adopt() says
Result<bool> adopt(House& house, const MessageId& id, const std::string& recipient, WallTime arrived = {}) {
  auto body = house.queue->write_body();
  REQUIRE(body.has_value());
  REQUIRE((*body)->append("Subject: old\r\n\r\nHello.\r\n").has_value());
  Message message;
  message.sender = "ann@example.net";
  message.body = *(*body)->finish();
  message.octets = 24;
  message.arrived = arrived;
  std::vector<Item> items(1);
  items.front().destination.domain = recipient.substr(recipient.find('@') + 1);
  items.front().sender = message.sender;
  items.front().recipients.push_back({0, recipient, {}, {}});
  return house.queue->adopt(id, std::move(message), std::move(items));
}

MessageId id_of(WallTime time) { return {static_cast<std::uint64_t>(time.time_since_epoch().count()) << 24U, 7}; }

}  // namespace

TEST_CASE("queue: a message of another queue keeps its name and its age") {
  House house;
  house.carrier->down["one.example"] = unreachable();
  house.accept({"new@one.example"});
  const MessageId id = id_of(house.clock.wall() - hours(24 * 4));
  CHECK(adopt(house, id, "bob@one.example") == true);
  CHECK(find_message(house.store, id)->arrived == id.time());
  CHECK(house.queue->size() == 2);
  // It ends a day from now, five days after it came there; what came here waits.
  house.run(hours(26));
  REQUIRE(house.local.mail["ann@example.net"].size() >= 1);
  CHECK(house.local.mail["ann@example.net"].back().find("bob@one.example") != std::string::npos);
  CHECK(house.queue->size() == 1);
  house.carrier->down.clear();
  house.run(hours(5));
  REQUIRE(house.carrier->relayed.size() == 1);
  CHECK(house.carrier->relayed[0].address == "new@one.example");
  house.check();
}

TEST_CASE("queue: a message of another queue goes before what came here later") {
  House house;
  house.policies.special["one.example"].connections = 1;
  house.accept({"new@one.example"});
  const MessageId id = id_of(house.clock.wall() - hours(1));
  CHECK(adopt(house, id, "old@one.example") == true);
  house.dispatcher->run();
  REQUIRE(house.carrier->relayed.size() == 2);
  CHECK(house.carrier->relayed[0].key.message == id);
}

TEST_CASE("queue: a message of another queue is taken over once, also after it has ended") {
  House house;
  const MessageId id = id_of(house.clock.wall() - hours(1));
  CHECK(house.queue->knows(id) == false);
  CHECK(adopt(house, id, "bob@one.example") == true);
  CHECK(house.queue->knows(id) == true);
  CHECK(adopt(house, id, "bob@one.example") == false);
  house.run(minutes(1));
  CHECK(house.carrier->relayed.size() == 1);
  house.reopen();
  CHECK(adopt(house, id, "bob@one.example") == false);
  CHECK(house.queue->size() == 0);
  CHECK(house.check().accepted == 1);
}

TEST_CASE(
    "queue: a message of another queue cannot come from the future, and keeps the time of arrival that it brings") {
  House house;
  const auto future = adopt(house, id_of(house.clock.wall() + seconds(1)), "bob@one.example");
  REQUIRE_FALSE(future.has_value());
  CHECK(future.error().code == Code::misuse);
  const MessageId id = id_of(house.clock.wall() - hours(1));
  CHECK(adopt(house, id, "bob@one.example", house.clock.wall() - hours(2)) == true);
  CHECK(find_message(house.store, id)->arrived == house.clock.wall() - hours(2));
}

TEST_CASE("queue: recipients that are handed over end so, and the others of their item go on") {
  House house;
  const MessageId id = house.accept({"bob@one.example", "cid@one.example", "dan@two.example"});
  const MessageId other = house.accept({"bob@one.example"});
  REQUIRE(order(house.store, house.clock, house.random, Order::hold, "bob@ONE.example").has_value());
  house.queue->tick();
  std::size_t held = 0;
  REQUIRE(each_item(house.store, [&](const Listed& listed) {
            held += listed.item.held ? 1 : 0;
            CHECK(listed.item.held == (listed.item.destination.domain == "one.example"));
            return true;
          }).has_value());
  CHECK(held == 2);
  const std::vector<HandedRecipients> handed{{{id, 0}, {0}}, {{other, 0}, {0}}, {{other, 7}, {0}}, {{id, 1}, {9}}};
  REQUIRE(order_hand_over(house.store, house.clock, house.random, handed).has_value());
  CHECK(orders_waiting(house.store).value() == 1);
  house.reopen();  // as after a crash before it was obeyed
  house.queue->tick();
  CHECK(orders_waiting(house.store).value() == 0);
  CHECK(house.check().ended == 2);
  CHECK_FALSE(find_message(house.store, other).has_value());
  // A second time it changes nothing.
  REQUIRE(order_hand_over(house.store, house.clock, house.random, handed).has_value());
  house.queue->tick();
  house.run(minutes(1));
  CHECK(house.queue->size() == 0);
  REQUIRE(house.carrier->relayed.size() == 2);
  CHECK(house.carrier->relayed[0].address == "cid@one.example");
  CHECK(house.carrier->relayed[1].address == "dan@two.example");
  const LedgerSums sums = house.check();
  CHECK(sums.ended == 4);
  CHECK(sums.accepted == 2);  // nobody is told
}

TEST_CASE("queue: what is being tried is handed over when it comes back") {
  House house;
  const MessageId id = house.accept({"bob@one.example"});
  const auto work = house.queue->take({"one.example", TlsWish::policy});
  REQUIRE(work);
  REQUIRE(*work);
  REQUIRE(order_hand_over(house.store, house.clock, house.random, {{{id, 0}, {0}}}).has_value());
  house.queue->tick();
  CHECK(orders_waiting(house.store).value() == 1);
  house.queue->put_back(**work);
  house.clock.advance(seconds(1));
  CHECK(house.queue->tick_due());
  house.queue->tick();
  CHECK(orders_waiting(house.store).value() == 0);
  CHECK(house.queue->size() == 0);
  CHECK(house.check().ended == 1);
}

TEST_CASE("queue: what must be returned is not handed over late, also when an attempt comes first") {
  House house;
  Message wishes;
  wishes.deliver_by = house.clock.wall() + std::chrono::minutes(1);
  wishes.return_late = true;
  house.accept({"bob@far.example"}, "ann@example.net", {}, {}, wishes);
  house.clock.advance(std::chrono::minutes(1));
  CHECK_FALSE(house.queue->take({"far.example", TlsWish::policy}).value().has_value());
  house.run(std::chrono::minutes(1));
  CHECK(house.carrier->relayed.empty());
  REQUIRE(house.local.mail["ann@example.net"].size() == 1);
  CHECK(house.local.mail["ann@example.net"].front().find("Status: 5.4.7") != std::string::npos);
}
