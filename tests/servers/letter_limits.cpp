#include "shared/letter_limits.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::servers;

namespace {

struct Counted {
  std::uint32_t refusals = 100;

  limits::Limits limits() const {
    limits::Limits some;
    some.account = {.messages_per_day = 1, .recipients_per_hour = 0, .first_time_per_day = 0};
    some.redirected = {.messages_per_day = 2, .recipients_per_hour = 0, .first_time_per_day = 0};
    some.vacation = {.messages_per_day = 3, .recipients_per_hour = 0, .first_time_per_day = 0};
    some.refusals_per_day = refusals;
    return some;
  }
  /// How many of ten may leave.
  int sent(const delivery::Letter& letter) {
    int count = 0;
    for (int i = 0; i < 10; ++i) count += *sending.may_send(account, letter) ? 1 : 0;
    return count;
  }

  testing::FakeClock clock;
  testing::SeededRandom random{1};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = *store->open(store::AccountId(0));
  std::unique_ptr<limits::Limiter> limiter = *limits::Limiter::open(*rows, clock, random, limits());
  std::vector<std::string> said;
  std::vector<std::string> frozen;
  LetterLimits sending{*limiter, [this](View sentence) { said.push_back(own(sentence)); },
                       [this](const std::string& login) { frozen.push_back(login); }};
  directory::Account account{.id = store::AccountId(7), .address = "ann@example.net"};
};

const delivery::Letter kAnswer{.to = "x@one.example"};
const delivery::Letter kPassedOn{.passed_on = true, .to = "x@one.example"};

}  // namespace

TEST_CASE("letter limits: mail that others cause uses up nothing of what the owner may send himself") {
  Counted counted{.refusals = 5};
  CHECK(counted.sent(kAnswer) == 3);
  CHECK(counted.sent(kPassedOn) == 2);
  CHECK(counted.said.size() == 15);
  delivery::Letter own_doing = kPassedOn;
  own_doing.by_owner = true;
  CHECK(counted.sent(own_doing) == 1);
  CHECK(counted.frozen == std::vector<std::string>{"ann@example.net"});  // by the sixth of nine refusals
}

TEST_CASE("letter limits: what the owner's own doings cause is counted with what he submits") {
  for (const delivery::Letter& letter : {kAnswer, kPassedOn}) {
    Counted counted;
    delivery::Letter own_doing = letter;
    own_doing.by_owner = true;
    CHECK(counted.sent(own_doing) == 1);
    limits::Message submitted{.who = {.account = counted.account.id, .domain = "example.net", .sender = {}},
                              .recipients = {}};
    CHECK(counted.limiter->check_recipient(submitted, "y@one.example")->verdict == limits::Verdict::later);
    CHECK(counted.sent(kPassedOn) == 2);
  }
}

TEST_CASE("letter limits: a frozen account sends nothing by scripts either") {
  Counted counted;
  delivery::Letter own_doing = kPassedOn;
  own_doing.by_owner = true;
  REQUIRE(counted.limiter->freeze(counted.account.id, limits::FreezeReason::automation));
  for (const delivery::Letter& letter : {kAnswer, kPassedOn, own_doing}) CHECK(counted.sent(letter) == 0);
  CHECK(counted.said.size() == 30);
  CHECK(counted.said.front() == "sieve of ann@example.net: not sent to x@one.example: the account is frozen");
  REQUIRE(counted.limiter->unfreeze(counted.account.id));
  CHECK(counted.sent(kAnswer) == 3);  // nothing was counted
}
