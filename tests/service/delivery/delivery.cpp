#include "posthorn/service/delivery/delivery.h"

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using namespace posthorn::delivery;
using store::AccountId;

namespace {

directory::Resolution::Target target(std::uint64_t id, std::uint64_t quota = 0) {
  directory::Resolution::Target result;
  result.account.id = AccountId{id};
  result.account.address = "user" + std::to_string(id) + "@example.org";
  result.account.quota_octets = quota;
  return result;
}

struct House {
  explicit House(store::Store& store)
      : accounts(mailbox::Accounts::make(store, clock)),
        delivery(Delivery::make(*accounts, clock, random, {.host_name = "mail.example.org", .max_received = 3})) {}

  Envelope envelope(std::initializer_list<std::vector<directory::Resolution::Target>> recipients) {
    Envelope result;
    result.sender = "ann@example.net";
    result.origin = {"client.example.net", "192.0.2.1", "ESMTPS", ""};
    for (const auto& targets : recipients) result.recipients.push_back({"rcpt@example.org", {targets}});
    return result;
  }

  std::vector<Result<void>> deliver(Envelope what, View message, std::size_t piece = 1000) {
    const std::size_t recipients = what.recipients.size();
    auto transaction = delivery->begin(std::move(what));
    if (!transaction) return std::vector<Result<void>>(recipients, fail(transaction.error()));
    for (std::size_t at = 0; at < message.size(); at += piece) {
      if (auto taken = (*transaction)->append(message.substr(at, piece)); !taken) {
        return std::vector<Result<void>>(recipients, taken);
      }
    }
    return (*transaction)->finish();
  }

  std::vector<std::string> inbox(std::uint64_t id) {
    std::vector<std::string> bodies;
    const auto account = accounts->open(AccountId{id}, {});
    REQUIRE(account.has_value());
    const auto messages = (*account)->messages("INBOX");
    REQUIRE(messages.has_value());
    for (const auto& message : *messages)
      bodies.push_back(*(*account)->reader()->read(message.body, 0, message.body.octets));
    REQUIRE((*account)->check([](View problem) { FAIL_CHECK(std::string(problem)); }).has_value());
    return bodies;
  }

  testing::FakeClock clock;
  testing::SeededRandom random{1};
  std::unique_ptr<mailbox::Accounts> accounts;
  std::unique_ptr<Delivery> delivery;
};

constexpr View kMessage = "Subject: x\r\n\r\nHello\r\n.\r\n";

}  // namespace

TEST_CASE("a message is the trace fields and then its octets unchanged") {
  const auto store = store::make_memory_store();
  House house(*store);
  auto transaction = house.delivery->begin(house.envelope({{target(1)}}));
  REQUIRE(transaction.has_value());
  const std::string id = own((*transaction)->id());
  CHECK((*transaction)->append(kMessage).has_value());
  const auto outcomes = (*transaction)->finish();
  REQUIRE(outcomes.size() == 1);
  REQUIRE(outcomes[0].has_value());
  CHECK(house.inbox(1) ==
        std::vector<std::string>{
            "Return-Path: <ann@example.net>\r\nDelivered-To: user1@example.org\r\n"
            "Received: from client.example.net ([192.0.2.1])\r\n\tby mail.example.org with ESMTPS\r\n\tid " +
            id + "\r\n\tfor <rcpt@example.org>;\r\n\tThu, 01 Jan 2026 00:00:01 +0000\r\n" + own(kMessage)});
  CHECK_FALSE((*transaction)->finish()[0].has_value());
  CHECK_FALSE((*transaction)->append("x").has_value());
  CHECK(house.inbox(1).size() == 1);
}

TEST_CASE("each account gets one message, whichever recipients lead to it") {
  const auto store = store::make_memory_store();
  House house(*store);
  const auto outcomes = house.deliver(house.envelope({{target(1)}, {target(2), target(1)}, {target(2)}}), kMessage);
  for (const auto& outcome : outcomes) CHECK(outcome.has_value());
  CHECK(house.inbox(1).size() == 1);
  REQUIRE(house.inbox(2).size() == 1);
  CHECK(house.inbox(2)[0].find("Delivered-To: user2@example.org\r\n") != std::string::npos);
  CHECK(house.inbox(2)[0].find("for <") == std::string::npos);
}

TEST_CASE("a message longer than the spool arrives whole in each account") {
  const auto store = store::make_memory_store();
  House house(*store);
  std::string message = own(kMessage);
  for (int i = 0; message.size() < 700'000; ++i) message += "line " + std::to_string(i) + "\r\n";
  for (const auto& outcome : house.deliver(house.envelope({{target(1)}, {target(2)}}), message, 70'001)) {
    CHECK(outcome.has_value());
  }
  for (const std::uint64_t id : {1U, 2U}) {
    REQUIRE(house.inbox(id).size() == 1);
    CHECK(house.inbox(id)[0].ends_with(message));
    CHECK(house.inbox(id)[0].size() < message.size() + 1000);
  }
}

TEST_CASE("a full mailbox fails its own recipient, for now, and no other") {
  for (const std::size_t octets : {std::size_t{10}, std::size_t{400'000}}) {
    const auto store = store::make_memory_store();
    House house(*store);
    const auto outcomes =
        house.deliver(house.envelope({{target(1, 5)}, {target(2)}}), own(kMessage) + std::string(octets, 'a'), 9999);
    REQUIRE(outcomes.size() == 2);
    REQUIRE_FALSE(outcomes[0].has_value());
    CHECK(outcomes[0].error().code == Code::over_quota);
    CHECK(outcomes[0].error().lasting == Lasting::transient);
    CHECK(outcomes[1].has_value());
    CHECK(house.inbox(1).empty());
    CHECK(house.inbox(2).size() == 1);
  }
}

TEST_CASE("too many Received fields are a loop, for all recipients and for good") {
  const auto store = store::make_memory_store();
  House house(*store);
  std::string message = own(kMessage);
  for (int i = 0; i < 3; ++i) message = "Received: hop\r\n" + message;
  CHECK(house.deliver(house.envelope({{target(1)}}), message)[0].has_value());
  for (const std::size_t filler : {std::size_t{0}, std::size_t{300'000}}) {
    const auto outcomes = house.deliver(house.envelope({{target(1)}, {target(2)}}),
                                        "Received: hop\r\n" + message + std::string(filler, 'a'));
    for (const auto& outcome : outcomes) {
      REQUIRE_FALSE(outcome.has_value());
      CHECK(outcome.error().code == Code::too_many);
      CHECK(outcome.error().lasting == Lasting::permanent);
    }
  }
  CHECK(house.inbox(1).size() == 1);
}

TEST_CASE("a message that was in this mailbox before is a loop for it alone") {
  const auto store = store::make_memory_store();
  House house(*store);
  const auto outcomes =
      house.deliver(house.envelope({{target(1)}, {target(2)}}), "Delivered-To: USER1@example.org\r\n" + own(kMessage));
  REQUIRE_FALSE(outcomes[0].has_value());
  CHECK(outcomes[0].error().code == Code::too_many);
  CHECK(outcomes[1].has_value());
  CHECK(house.inbox(1).empty());
}

TEST_CASE("a transaction that is not finished leaves nothing") {
  const auto store = store::make_memory_store();
  House house(*store);
  {
    auto transaction = house.delivery->begin(house.envelope({{target(1)}}));
    CHECK((*transaction)->append(std::string(500'000, 'a')).has_value());
  }
  CHECK(house.inbox(1).empty());
  CHECK_FALSE(house.delivery->begin(Envelope()).has_value());
}

TEST_CASE("every failure of the store is a transient failure of a recipient, and never half a message") {
  for (const std::size_t filler : {std::size_t{10}, std::size_t{300'000}}) {
    const std::string message = own(kMessage) + std::string(filler, 'b');
    bool clean = false;
    for (std::uint64_t nth = 1; !clean; ++nth) {
      REQUIRE(nth < 200);
      const auto inner = store::make_memory_store();
      testing::FaultyStore store(*inner);
      std::vector<Result<void>> outcomes;
      {
        House house(store);
        store.fail_at(nth, environment_error(Code::unavailable));
        outcomes = house.deliver(house.envelope({{target(1)}, {target(2)}}), message, 100'000);
        clean = !store.failed();
      }
      House after(*inner);
      for (std::size_t i = 0; i < 2; ++i) {
        CHECK(after.inbox(i + 1).size() == (outcomes[i] ? 1 : 0));
        if (outcomes[i]) CHECK(after.inbox(i + 1)[0].ends_with(message));
        if (!outcomes[i]) CHECK_MESSAGE(outcomes[i].error().lasting == Lasting::transient, outcomes[i].error().note);
      }
    }
  }
}

TEST_CASE("a recipient with several accounts fails when one fails, and rather for now than for good") {
  const auto store = store::make_memory_store();
  House house(*store);
  const auto outcomes = house.deliver(house.envelope({{target(1), target(2, 5), target(3)}}),
                                      "Delivered-To: user1@example.org\r\n" + own(kMessage));
  REQUIRE_FALSE(outcomes[0].has_value());
  CHECK(outcomes[0].error().code == Code::over_quota);
  CHECK(house.inbox(3).size() == 1);
}

TEST_CASE("without a queue nothing is taken that leads to another host") {
  const auto store = store::make_memory_store();
  House house(*store);
  Envelope envelope = house.envelope({{target(1)}, {target(2)}});
  envelope.recipients[1].resolution.remote = {"ann@elsewhere.example"};
  const auto outcomes = house.deliver(std::move(envelope), kMessage);
  REQUIRE(outcomes.size() == 2);
  for (const auto& outcome : outcomes) {
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == Code::unsupported);
  }
  CHECK(house.inbox(1).empty());
}

// RFC 3030 section 3: converted without loss, or refused.
TEST_CASE("a binary message is stored in lines, one that cannot be is refused") {
  const auto store = store::make_memory_store();
  House house(*store);
  Envelope binary = house.envelope({{target(1)}, {target(2)}});
  binary.wishes.binary = true;
  const std::string message(
      "MIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n"
      "Content-Type: application/octet-stream\r\n\r\n\0\n\r\xFF",
      100);
  const std::string head = message.substr(0, message.size() - 4);
  REQUIRE(head.ends_with("\r\n\r\n"));
  for (const auto& outcome : house.deliver(binary, message, 7)) CHECK(outcome.has_value());
  for (const std::uint64_t account : {1, 2}) {
    REQUIRE(house.inbox(account).size() == 1);
    CHECK(
        house.inbox(account).front().ends_with("MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n"
                                               "Content-Type: application/octet-stream\r\n\r\nAAoN/w==\r\n"));
  }
  const auto refused = house.deliver(binary, std::string("X: \0\r\n\r\n", 8));
  REQUIRE(refused.size() == 2);
  CHECK(refused[0].error() == peer_error(Code::syntax, refused[0].error().note));
  CHECK(refused[1].error().code == Code::syntax);
  CHECK(house.inbox(1).size() == 1);
}

TEST_CASE("binary messages that are in memory at once have a limit, and leave when they are done") {
  const auto store = store::make_memory_store();
  House house(*store);
  house.delivery =
      Delivery::make(*house.accounts, house.clock, house.random, {.host_name = "mx", .binary_octets = 100});
  Envelope binary = house.envelope({{target(1)}});
  binary.wishes.binary = true;
  const std::string most = "Subject: x\r\n\r\n" + std::string(86, 'x');
  REQUIRE(most.size() == 100);
  for (int i = 0; i < 3; ++i) CHECK(house.deliver(binary, most).front().has_value());
  auto open = house.delivery->begin(binary);
  REQUIRE((*open)->append("Subject: y\r\n").has_value());
  CHECK(house.deliver(binary, most).front().error() == environment_error(Code::no_space, "binary messages"));
  open->reset();
  CHECK(house.deliver(binary, most).front().has_value());
}
