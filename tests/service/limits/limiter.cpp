#include "posthorn/service/limits/limiter.h"

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

#include "service/limits/rows.h"

using namespace posthorn;
using namespace posthorn::limits;
using posthorn::store::AccountId;

namespace {

struct Fixture {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(AccountId(0)));
  posthorn::testing::FakeClock clock;
  posthorn::testing::SeededRandom random{5};
  std::unique_ptr<Limiter> limiter;

  explicit Fixture(const Limits& limits = {}) : limiter(open(limits)) {}
  std::unique_ptr<Limiter> open(const Limits& limits = {}) {
    auto made = Limiter::open(*rows, clock, random, limits);
    REQUIRE(made);
    return std::move(*made);
  }
  std::size_t count_rows() const {
    std::size_t count = 0;
    REQUIRE(rows->scan("l:", store::after_prefix("l:"), [&](View, View, store::Revision) {
      ++count;
      return true;
    }));
    return count;
  }
};

Message from(std::uint64_t account, const std::string& domain = "example.org", Kind kind = Kind::submitted) {
  Message message;
  message.who = {AccountId(account), domain, "user" + std::to_string(account) + "@" + domain, kind};
  return message;
}

Answer ask(Fixture& f, Message& message, const std::string& recipient) {
  const auto answer = f.limiter->check_recipient(message, recipient);
  REQUIRE(answer);
  return *answer;
}

// Why the account is frozen, and since when.
Freeze frozen(Fixture& f, std::uint64_t account) {
  const auto row = f.rows->get(account_key(AccountId(account), Kind::submitted));
  REQUIRE(row);
  return *row ? parse_counts((*row)->value)->freeze : Freeze{};
}

void admit(Fixture& f, const Message& message) {
  const auto answer = f.limiter->admit(message);
  REQUIRE(answer);
  CHECK(answer->verdict == Verdict::allowed);
}

// Sends one message to so many recipients, all of them ever new; how many were allowed.
std::uint32_t send(Fixture& f, Message message, std::uint32_t recipients, const std::string& name = "r") {
  for (std::uint32_t i = 0; i < recipients; ++i) {
    (void)ask(f, message, name + std::to_string(i) + "@elsewhere.example");
  }
  if (!message.recipients.empty()) admit(f, message);
  return static_cast<std::uint32_t>(message.recipients.size());
}

}  // namespace

TEST_CASE("the limits that are not set are those of the table") {
  const Limits limits;
  CHECK(limits.recipients_per_message == 100);
  CHECK(limits.account.messages_per_day == 1000);
  CHECK(limits.account.first_time_per_day == 200);
  CHECK(limits.account.recipients_per_hour == 250);
  CHECK(limits.bounce_window == 50);
  CHECK(limits.bounce_percent == 20);
}

TEST_CASE("a message has so many recipients, the others come with the next") {
  Fixture f(Limits{.recipients_per_message = 3});
  Message message = from(1);
  for (int i = 0; i < 3; ++i) CHECK(ask(f, message, std::to_string(i) + "@x.example").verdict == Verdict::allowed);
  CHECK(ask(f, message, "4@x.example").verdict == Verdict::too_many_in_message);
  CHECK(message.recipients.size() == 3);
}

TEST_CASE("recipients of an hour, and how long to wait for the next") {
  Fixture f(Limits{.account = {.messages_per_day = 0, .recipients_per_hour = 6, .first_time_per_day = 0}});
  CHECK(send(f, from(1), 4) == 4);
  Message message = from(1);
  CHECK(ask(f, message, "a@x.example").verdict == Verdict::allowed);
  CHECK(ask(f, message, "b@x.example").verdict == Verdict::allowed);
  const Answer refused = ask(f, message, "c@x.example");
  CHECK(refused.verdict == Verdict::later);
  CHECK(refused.window == Window::recipients_per_hour);
  CHECK_FALSE(refused.of_domain);
  CHECK(refused.retry_after == std::chrono::minutes(10));
  admit(f, message);
  f.clock.advance(std::chrono::minutes(10));
  CHECK(send(f, from(1), 3) == 1);
  f.clock.advance(std::chrono::hours(1));
  CHECK(send(f, from(1), 9) == 6);
  CHECK(send(f, from(2), 9) == 6);  // another account
}

TEST_CASE("messages of a day") {
  Fixture f(Limits{.account = {.messages_per_day = 2, .recipients_per_hour = 0, .first_time_per_day = 0}});
  CHECK(send(f, from(1), 1) == 1);
  CHECK(send(f, from(1), 1) == 1);
  Message third = from(1);
  CHECK(ask(f, third, "a@x.example").window == Window::messages_per_day);
  f.clock.advance(std::chrono::hours(12));
  CHECK(send(f, from(1), 1) == 1);
}

TEST_CASE("only recipients that are new count as new, for as long as they are remembered") {
  Fixture f(Limits{.account = {.messages_per_day = 0, .recipients_per_hour = 0, .first_time_per_day = 3},
                   .remember = std::chrono::days(10)});
  CHECK(send(f, from(1), 3, "a") == 3);
  CHECK(send(f, from(1), 3, "a") == 3);
  CHECK(send(f, from(1), 3, "A") == 3);
  Message message = from(1);
  CHECK(ask(f, message, "b@x.example").window == Window::first_time_per_day);
  CHECK(ask(f, message, "a0@elsewhere.example").verdict == Verdict::allowed);
  f.clock.advance(std::chrono::days(10));
  CHECK(send(f, from(1), 3, "a") == 3);
  CHECK(send(f, from(1), 3, "b") == 3);  // nothing of today went to the ones that were known
  f.clock.advance(std::chrono::days(11));
  CHECK(send(f, from(1), 3, "a") == 3);
  CHECK(send(f, from(1), 3, "b") == 0);
}

TEST_CASE("the memory of recipients is bounded") {
  Fixture f(Limits{.recipients_per_message = 0,
                   .account = {.messages_per_day = 0, .recipients_per_hour = 0, .first_time_per_day = 1'000'000},
                   .domain = {0, 0, 0},
                   .per_shelf = 2});
  for (int i = 0; i < 10; ++i) CHECK(send(f, from(1), 200, "m" + std::to_string(i) + "-") == 200);
  CHECK(f.count_rows() <= 256 + 3);
  std::size_t octets = 0;
  REQUIRE(f.rows->scan("l:r:", store::after_prefix("l:r:"), [&](View, View value, store::Revision) {
    octets = std::max(octets, value.size());
    return true;
  }));
  CHECK(octets == 1 + 2 * 10);
}

TEST_CASE("a domain has windows of its own") {
  Fixture f(Limits{.account = {.messages_per_day = 0, .recipients_per_hour = 5, .first_time_per_day = 0},
                   .domain = {.messages_per_day = 0, .recipients_per_hour = 7, .first_time_per_day = 0}});
  CHECK(send(f, from(1), 5) == 5);
  Message message = from(2);
  CHECK(ask(f, message, "a@x.example").verdict == Verdict::allowed);
  CHECK(ask(f, message, "b@x.example").verdict == Verdict::allowed);
  const Answer refused = ask(f, message, "c@x.example");
  CHECK(refused.verdict == Verdict::later);
  CHECK(refused.of_domain);
  CHECK(send(f, from(3, "example.net"), 5) == 5);
}

TEST_CASE("redirected and vacation mail use up nothing of the user's own") {
  Fixture f(Limits{.account = {.messages_per_day = 0, .recipients_per_hour = 2, .first_time_per_day = 0},
                   .redirected = {.messages_per_day = 0, .recipients_per_hour = 3, .first_time_per_day = 0},
                   .vacation = {.messages_per_day = 0, .recipients_per_hour = 1, .first_time_per_day = 0}});
  CHECK(send(f, from(1, "example.org", Kind::redirected), 9) == 3);
  CHECK(send(f, from(1, "example.org", Kind::vacation), 9) == 1);
  CHECK(send(f, from(1), 9) == 2);
}

TEST_CASE("whoever does not listen to refusals is frozen, which is told once") {
  Fixture f(Limits{.account = {.messages_per_day = 0, .recipients_per_hour = 1, .first_time_per_day = 0},
                   .refusals_per_day = 4});
  CHECK(send(f, from(1), 5) == 1);
  CHECK(frozen(f, 1).reason == FreezeReason::none);
  Message message = from(1);
  const Answer last = ask(f, message, "a@x.example");
  CHECK(last.verdict == Verdict::frozen);
  CHECK(last.froze);
  CHECK(frozen(f, 1).reason == FreezeReason::refusals);
  f.clock.advance(std::chrono::hours(2));
  CHECK(ask(f, message, "a@x.example").verdict == Verdict::frozen);
  CHECK_FALSE(ask(f, message, "a@x.example").froze);
  REQUIRE(f.limiter->unfreeze(AccountId(1)));
  CHECK(ask(f, message, "a@x.example").verdict == Verdict::allowed);
}

TEST_CASE("whole messages that are refused freeze as well") {
  Fixture f(Limits{.account = {.messages_per_day = 1, .recipients_per_hour = 0, .first_time_per_day = 0},
                   .refusals_per_day = 2});
  Message message = from(1);
  message.recipients = {"a@x.example"};
  admit(f, message);
  for (int i = 0; i < 2; ++i) CHECK(f.limiter->admit(message)->verdict == Verdict::later);
  const Answer last = *f.limiter->admit(message);
  CHECK(last.verdict == Verdict::frozen);
  CHECK(last.froze);
  CHECK_FALSE(f.limiter->admit(message)->froze);
}

TEST_CASE("an account is frozen when more than a fifth of fifty bounced") {
  Fixture f;
  const auto bounce = [&](int bounced, int delivered) {
    bool froze = false;
    for (int i = 0; i < bounced; ++i) froze = *f.limiter->outcome(AccountId(1), Outcome::bounced) || froze;
    for (int i = 0; i < delivered; ++i) froze = *f.limiter->outcome(AccountId(1), Outcome::delivered) || froze;
    return froze;
  };
  CHECK_FALSE(bounce(10, 0));
  CHECK_FALSE(bounce(0, 40));  // 10 of 50 are 20 percent, not more
  CHECK_FALSE(bounce(0, 10));
  CHECK_FALSE(bounce(10, 0));
  CHECK(bounce(1, 0));
  CHECK_FALSE(bounce(1, 0));  // once
  CHECK(frozen(f, 1).reason == FreezeReason::bounces);
  CHECK(frozen(f, 1).since == f.clock.wall());
  REQUIRE(f.limiter->unfreeze(AccountId(1)));
  CHECK_FALSE(bounce(49, 0));
  CHECK(bounce(1, 0));
  CHECK(frozen(f, 2).reason == FreezeReason::none);
}

TEST_CASE("an administrator freezes and unfreezes, over all processes") {
  Fixture f;
  const auto other = f.open();
  REQUIRE(f.limiter->freeze(AccountId(1), FreezeReason::administrator));
  CHECK(frozen(f, 1).reason == FreezeReason::administrator);
  Message redirected = from(1, "example.org", Kind::redirected);
  CHECK(ask(f, redirected, "a@x.example").verdict == Verdict::allowed);
  REQUIRE(other->freeze(AccountId(1), FreezeReason::none));
  CHECK(frozen(f, 1).reason == FreezeReason::none);
}

TEST_CASE("exempt senders have no windows") {
  Fixture f(Limits{.account = {.messages_per_day = 1, .recipients_per_hour = 1, .first_time_per_day = 1}});
  REQUIRE(f.limiter->exempt("User1@Example.ORG"));
  CHECK(*f.limiter->exempted("example.org") == std::vector<std::string>{"user1@example.org"});
  CHECK(f.limiter->exempted("example.net")->empty());
  CHECK(send(f, from(1), 50) == 50);
  CHECK(send(f, from(2), 50) == 1);
  Message list = from(1);
  list.recipients.assign(60, "a@x.example");
  list.digest = 7;
  CHECK(f.limiter->score(list, {.list_unsubscribe = true})->points == 0);
  Message other = list;
  other.who = from(2).who;
  CHECK(f.limiter->score(other, {.list_unsubscribe = true})->points == 6);
  REQUIRE(f.limiter->unexempt("user1@example.org"));
  CHECK(f.limiter->unexempt("user1@example.org").error().code == Code::not_found);
  CHECK(f.limiter->exempt("nobody").error().code == Code::syntax);
}

TEST_CASE("the score knows what was sent before") {
  Fixture f;
  for (int i = 0; i < 5; ++i) {
    Message message = from(1);
    message.digest = 0xABCDEF;
    for (int r = 0; r < 10; ++r) (void)ask(f, message, std::to_string(r) + "@x.example");
    admit(f, message);
    f.clock.advance(std::chrono::seconds(100 * (i + 1)));
  }
  Message message = from(1);
  message.digest = 0xABCDEF;
  CHECK(f.limiter->score(message, {})->reasons == std::vector<std::string>{"same-body"});
  message.digest = 0x123456789ABCDEF0U;
  CHECK(f.limiter->score(message, {})->points == 0);
}

TEST_CASE("two processes on one store lose no count") {
  const Limits limits{.recipients_per_message = 0,
                      .account = {.messages_per_day = 0, .recipients_per_hour = 200, .first_time_per_day = 0},
                      .tries = 10'000};
  Fixture f(limits);
  const auto other = f.open(limits);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Limiter& limiter = t % 2 == 0 ? *f.limiter : *other;
      for (int i = 0; i < 10; ++i) {
        Message message = from(1);
        message.recipients = {"a@x.example", "b@x.example"};
        (void)limiter.admit(message);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(send(f, from(1), 200) == 120);
}

TEST_CASE("a limit holds for all who send at once") {
  constexpr int kSessions = 8;
  const Limits limits{.account = {.messages_per_day = 0, .recipients_per_hour = 250, .first_time_per_day = 0},
                      .tries = 10'000};
  Fixture f(limits);
  const auto other = f.open(limits);
  std::latch ready(kSessions);
  std::atomic<int> admitted = 0;
  std::atomic<int> later = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kSessions; ++t) {
    threads.emplace_back([&, t] {
      Limiter& limiter = t % 2 == 0 ? *f.limiter : *other;
      Message message = from(1);
      for (int i = 0; i < 100; ++i) (void)limiter.check_recipient(message, std::to_string(i) + "@x.example");
      ready.arrive_and_wait();  // all have their hundred recipients before one of them is counted
      const auto answer = limiter.admit(message);
      admitted += message.recipients.size() == 100 && answer && answer->verdict == Verdict::allowed;
      later += answer && answer->verdict == Verdict::later && answer->window == Window::recipients_per_hour;
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(admitted == 2);
  CHECK(later == kSessions - 2);
  CHECK(send(f, from(1), 60) == 50);  // what was refused took nothing
}

TEST_CASE("a message is admitted whole or not at all, by the account and by its domain") {
  Fixture f(Limits{.account = {.messages_per_day = 2, .recipients_per_hour = 5, .first_time_per_day = 4},
                   .domain = {.messages_per_day = 0, .recipients_per_hour = 6, .first_time_per_day = 0}});
  Message message = from(1);
  message.recipients = {"a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example", "f@x.example"};
  CHECK(f.limiter->admit(message)->window == Window::recipients_per_hour);
  message.recipients.resize(4);
  message.first_time = 5;
  CHECK(f.limiter->admit(message)->window == Window::first_time_per_day);
  message.first_time = 4;
  CHECK(f.limiter->admit(message)->verdict == Verdict::allowed);
  Message other = from(2);
  other.recipients = {"a@x.example", "b@x.example", "c@x.example"};
  CHECK(f.limiter->admit(other)->of_domain);
  other.recipients.resize(2);  // nothing was taken from the account when its domain had no room
  CHECK(f.limiter->admit(other)->verdict == Verdict::allowed);
  REQUIRE(f.limiter->freeze(AccountId(2), FreezeReason::administrator));
  CHECK(f.limiter->admit(other)->verdict == Verdict::frozen);
}

TEST_CASE("what was not accepted after all is given back, but for what was new") {
  Fixture f(Limits{.account = {.messages_per_day = 1, .recipients_per_hour = 10, .first_time_per_day = 12},
                   .domain = {.messages_per_day = 1, .recipients_per_hour = 10, .first_time_per_day = 12}});
  for (int attempt = 0; attempt < 3; ++attempt) {
    Message message = from(1);
    message.digest = 0xABCDEF;
    for (int i = 0; i < 10; ++i) (void)ask(f, message, std::to_string(i) + "@x.example");
    CHECK(message.recipients.size() == 10);
    CHECK(message.first_time == (attempt == 0 ? 10 : 0));
    CHECK(f.limiter->score(message, {})->points == 0);  // attempts are no messages of their own
    admit(f, message);
    REQUIRE(f.limiter->give_back(message));
  }
  CHECK(send(f, from(1), 10) == 2);
  CHECK(send(f, from(2), 1) == 0);  // the one message of the domain
}

TEST_CASE("a change that others win against for ever fails") {
  Fixture f(Limits{.tries = 3});
  posthorn::testing::FaultyStore faulty(*f.store);
  const auto rows = std::move(*faulty.open(AccountId(0)));
  const auto limiter = std::move(*Limiter::open(*rows, f.clock, f.random, Limits{.tries = 3}));
  const std::uint64_t before = faulty.commits();
  faulty.fail_commits(environment_error(Code::conflict));
  CHECK(limiter->freeze(AccountId(1), FreezeReason::administrator).error().code == Code::unavailable);
  CHECK(faulty.commits() == before + 3);
}

TEST_CASE("what says nothing any more is swept") {
  Fixture f(Limits{.remember = std::chrono::days(10)});
  CHECK(send(f, from(1), 20) == 20);
  CHECK(send(f, from(2), 20) == 20);
  REQUIRE(f.limiter->freeze(AccountId(2), FreezeReason::administrator));
  REQUIRE(f.limiter->exempt("a@example.org"));
  CHECK(*f.limiter->sweep() == 0);
  f.clock.advance(std::chrono::days(2));
  CHECK(*f.limiter->sweep() == 1);  // the domain
  f.clock.advance(std::chrono::days(9));
  CHECK(*f.limiter->sweep() > 1);
  CHECK(f.count_rows() == 3);  // the seed, the exempt sender, the frozen account
  CHECK(frozen(f, 2).reason == FreezeReason::administrator);
  REQUIRE(f.limiter->forget(AccountId(2)));
  CHECK(f.count_rows() == 2);
}

TEST_CASE("a store that fails allows nothing") {
  Fixture f;
  posthorn::testing::FaultyStore faulty(*f.store);
  const auto rows = std::move(*faulty.open(AccountId(0)));
  const auto limiter = std::move(*Limiter::open(*rows, f.clock, f.random));
  for (std::uint64_t nth = 1;; ++nth) {
    REQUIRE(nth < 20);
    faulty.fail_at(nth, environment_error(Code::unavailable));
    Message message = from(1);
    const auto answer = limiter->check_recipient(message, "a@x.example");
    if (!faulty.failed()) {
      CHECK(answer->verdict == Verdict::allowed);
      break;
    }
    CHECK_FALSE(answer.has_value());
    CHECK(message.recipients.empty());
  }
}

TEST_CASE("whom an account has written to is known for as long as it is remembered, and of no other account") {
  Fixture f;
  CHECK(f.limiter->has_written_to(AccountId(1), "r0@elsewhere.example") == false);
  REQUIRE(send(f, from(1), 1) == 1);
  CHECK(f.limiter->has_written_to(AccountId(1), "R0@Elsewhere.example") == true);
  CHECK(f.limiter->has_written_to(AccountId(1), "r1@elsewhere.example") == false);
  CHECK(f.limiter->has_written_to(AccountId(2), "r0@elsewhere.example") == false);
  // What a script passes on is not the owner's writing.
  REQUIRE(send(f, from(1, "example.org", Kind::redirected), 1, "other") == 1);
  CHECK(f.limiter->has_written_to(AccountId(1), "other0@elsewhere.example") == false);
  f.clock.advance(std::chrono::days(181));
  CHECK(f.limiter->has_written_to(AccountId(1), "r0@elsewhere.example") == false);
}
