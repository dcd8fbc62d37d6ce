#include "service/queue/settle.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr WallTime kArrived{seconds(1'800'000'000)};

Message message() {
  Message message;
  message.sender = "ann@example.net";
  message.arrived = kArrived;
  return message;
}

Item item(std::vector<Notify> wishes) {
  Item item;
  item.destination.domain = "example.org";
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    item.recipients.push_back(
        {static_cast<std::uint32_t>(i), "user" + std::to_string(i) + "@example.org", {}, wishes[i]});
  }
  return item;
}

Outcome with(Outcome::Kind kind, bool passed_on = false) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.status = kind == Outcome::Kind::failed ? "5.1.1" : "4.2.1";
  outcome.said = "said";
  outcome.passed_on = passed_on;
  return outcome;
}

constexpr Notify kNever{.never = true, .given = true};
constexpr Notify kSuccess{.success = true, .given = true};
constexpr Notify kFailure{.failure = true, .given = true};
constexpr Notify kDelay{.delay = true, .given = true};

}  // namespace

TEST_CASE("queue: attempts get rarer up to a limit") {
  const Policy policy;
  CHECK(retry_after(policy, 1) == minutes(5));
  CHECK(retry_after(policy, 2) == minutes(10));
  CHECK(retry_after(policy, 6) == minutes(160));
  CHECK(retry_after(policy, 7) == hours(4));
  CHECK(retry_after(policy, 4'000'000'000) == hours(4));
}

TEST_CASE("queue: each recipient ends as its host says, and the rest waits") {
  const Settlement settled =
      settle(message(), item({{}, {}, {}}),
             {with(Outcome::Kind::relayed), with(Outcome::Kind::failed), with(Outcome::Kind::deferred)}, Policy(),
             kArrived + seconds(10));
  REQUIRE(settled.remaining.has_value());
  REQUIRE(settled.remaining->recipients.size() == 1);
  CHECK(settled.remaining->recipients[0].number == 2);
  CHECK(settled.remaining->attempts == 1);
  CHECK(settled.remaining->next == kArrived + seconds(10) + minutes(5));
  CHECK(settled.ends ==
        std::vector<End>{{0, Ending::relayed, kArrived + seconds(10)}, {1, Ending::bounced, kArrived + seconds(10)}});
  REQUIRE(settled.failed.size() == 1);
  CHECK(settled.failed[0].recipient.number == 1);
  CHECK(settled.succeeded.empty());
  CHECK(settled.delayed.empty());
}

// RFC 3461 section 4.1 and 5.2.
TEST_CASE("queue: reports are made of what NOTIFY asks for") {
  const auto ends = [](Notify notify, Outcome outcome, seconds age) {
    return settle(message(), item({notify}), {outcome}, Policy(), kArrived + age);
  };
  CHECK(ends({}, with(Outcome::Kind::failed), seconds(1)).failed.size() == 1);
  CHECK(ends(kFailure, with(Outcome::Kind::failed), seconds(1)).failed.size() == 1);
  for (const Notify quiet : {kNever, kSuccess, kDelay}) {
    const Settlement settled = ends(quiet, with(Outcome::Kind::failed), seconds(1));
    CHECK(settled.failed.empty());
    CHECK(settled.ends.front().ending == Ending::discarded);
  }
  CHECK(ends(kSuccess, with(Outcome::Kind::relayed), seconds(1)).succeeded.front().action == Told::Action::relayed);
  CHECK(ends(kSuccess, with(Outcome::Kind::stored), seconds(1)).succeeded.front().action == Told::Action::delivered);
  CHECK(ends(kSuccess, with(Outcome::Kind::relayed, true), seconds(1)).succeeded.empty());
  CHECK(ends({}, with(Outcome::Kind::relayed), seconds(1)).succeeded.empty());
  CHECK(ends({}, with(Outcome::Kind::deferred), hours(3)).delayed.empty());
  CHECK(ends({}, with(Outcome::Kind::deferred), hours(4)).delayed.size() == 1);
  CHECK(ends(kDelay, with(Outcome::Kind::deferred), hours(4)).delayed.size() == 1);
  CHECK(ends(kFailure, with(Outcome::Kind::deferred), hours(4)).delayed.empty());
}

TEST_CASE("queue: what a recipient keeps no copy of is delivered for its sender, and the ledger knows it") {
  const Settlement settled = settle(message(), item({{}, kSuccess}),
                                    {with(Outcome::Kind::unkept), with(Outcome::Kind::unkept)}, Policy(), kArrived);
  CHECK_FALSE(settled.remaining);
  REQUIRE(settled.ends.size() == 2);
  CHECK(settled.ends[0].ending == Ending::unkept);
  CHECK(settled.failed.empty());
  REQUIRE(settled.succeeded.size() == 1);
  CHECK(settled.succeeded[0].action == Told::Action::delivered);
}

TEST_CASE("queue: a delay is told once") {
  const Settlement first =
      settle(message(), item({{}}), {with(Outcome::Kind::deferred)}, Policy(), kArrived + hours(5));
  REQUIRE(first.remaining.has_value());
  CHECK(first.remaining->delay_told);
  CHECK(settle(message(), *first.remaining, {with(Outcome::Kind::deferred)}, Policy(), kArrived + hours(9))
            .delayed.empty());
}

TEST_CASE("queue: what takes too long is given up with its own status") {
  const Policy policy;
  const Settlement settled =
      settle(message(), item({{}, kNever}), {with(Outcome::Kind::deferred), with(Outcome::Kind::deferred)}, policy,
             kArrived + policy.retention);
  CHECK_FALSE(settled.remaining.has_value());
  REQUIRE(settled.failed.size() == 1);
  CHECK(settled.failed[0].outcome.status == "5.4.7");
  CHECK(settled.failed[0].outcome.said == "said");
  CHECK(settled.ends[0].ending == Ending::expired);
  CHECK(settled.ends[1].ending == Ending::discarded);
}

TEST_CASE("queue: the last attempt is made when the time is over, not before") {
  Policy policy;
  policy.retention = hours(1);
  const Settlement settled =
      settle(message(), item({{}}), {with(Outcome::Kind::deferred)}, policy, kArrived + minutes(58));
  REQUIRE(settled.remaining.has_value());
  CHECK(settled.remaining->next == kArrived + hours(1));
}

TEST_CASE("queue: nobody is told of what has no sender") {
  Message report = message();
  report.sender.clear();
  const Settlement settled = settle(report, item({{}}), {with(Outcome::Kind::failed)}, Policy(), kArrived + hours(1));
  CHECK(settled.failed.empty());
  CHECK(settled.ends.front().ending == Ending::discarded);
  CHECK(settle(report, item({{}}), {with(Outcome::Kind::deferred)}, Policy(), kArrived + hours(30)).delayed.empty());
}

// RFC 2852 section 4.1.4.
TEST_CASE("queue: DELIVERBY returns or reports what is late") {
  Message fast = message();
  fast.deliver_by = kArrived + minutes(10);
  fast.return_late = true;
  CHECK(settle(fast, item({{}}), {with(Outcome::Kind::deferred)}, Policy(), kArrived + minutes(10)).failed.size() == 1);
  fast.return_late = false;
  const Settlement told = settle(fast, item({{}}), {with(Outcome::Kind::deferred)}, Policy(), kArrived + minutes(10));
  CHECK(told.delayed.size() == 1);
  CHECK(told.remaining.has_value());
}

// RFC 2852 section 4.1.4: mode R must not be delivered after its time.
TEST_CASE("queue: the last attempt of what must be returned is before its time") {
  Message fast = message();
  fast.deliver_by = kArrived + minutes(10);
  fast.return_late = true;
  const auto next = [&](seconds age) {
    const Settlement settled = settle(fast, item({{}}), {with(Outcome::Kind::deferred)}, Policy(), kArrived + age);
    REQUIRE(settled.remaining.has_value());
    return settled.remaining->next - kArrived;
  };
  CHECK(next(minutes(1)) == minutes(6));
  CHECK(next(minutes(6)) == minutes(9));
  CHECK(next(minutes(9)) == minutes(10));
  CHECK_FALSE(must_return(fast, kArrived + minutes(10) - seconds(1)));
  CHECK(must_return(fast, kArrived + minutes(10)));
  fast.return_late = false;
  CHECK(next(minutes(6)) == minutes(11));
  CHECK_FALSE(must_return(fast, kArrived + minutes(10)));
}
