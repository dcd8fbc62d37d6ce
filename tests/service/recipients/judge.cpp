#include "posthorn/service/recipients/judge.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::recipients;
using directory::WhenUnknown;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// Keeps what it is asked until the test answers.
class FakeProbe : public Probe {
 public:
  std::vector<std::pair<std::string, Done>> asked;
  std::vector<std::string> all;
  std::optional<Answer> at_once;

  void ask(const mail::Mailbox& recipient, Done done) override {
    all.push_back(recipient.text());
    if (at_once) return done(*at_once);
    asked.emplace_back(recipient.text(), std::move(done));
  }
  void answer(Answer answer) {
    REQUIRE(!asked.empty());
    Done done = std::move(asked.front().second);
    asked.erase(asked.begin());
    done(answer);
  }
};

struct Fixture {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(store::AccountId(0)));
  posthorn::testing::FakeClock clock;
  Cache cache{*rows, clock};
  FakeProbe probe;
  std::string heard;  // "ann accept, "
  Judge judge;

  explicit Fixture(JudgeLimits limits = {}) : judge(cache, probe, clock, limits) {}
  void check(View address, WhenUnknown when_unknown = WhenUnknown::defer) {
    judge.check(address, when_unknown, [this, name = own(address.substr(0, address.find('@')))](Verdict verdict) {
      heard += name + (verdict == Verdict::accept   ? " accept, "
                       : verdict == Verdict::refuse ? " refuse, "
                                                    : " defer, ");
    });
  }
  std::string hear() { return std::exchange(heard, {}); }
};

}  // namespace

TEST_CASE("judge: asks the primary once, and remembers") {
  Fixture f;
  f.check("ann@one.example");
  f.check("bob@one.example");
  CHECK(f.hear().empty());
  CHECK(f.judge.busy() == 2);
  f.probe.answer(Answer::known);
  f.probe.answer(Answer::unknown);
  CHECK(f.hear() == "ann accept, bob refuse, ");
  CHECK(f.judge.busy() == 0);
  f.check("ann@ONE.Example");
  f.check("bob@one.example", WhenUnknown::accept);
  CHECK(f.hear() == "ann accept, bob refuse, ");
  CHECK(f.probe.all == std::vector<std::string>{"ann@one.example", "bob@one.example"});
}

TEST_CASE("judge: what counts holds at once, and is asked for behind when it is old") {
  Fixture f;
  REQUIRE(f.cache.note({"ann", "one.example"}, Answer::known));
  REQUIRE(f.cache.note({"bob", "one.example"}, Answer::unknown));
  f.clock.advance(hours(3));
  f.check("ann@one.example");
  f.check("bob@one.example");
  CHECK(f.hear() == "ann accept, bob refuse, ");
  CHECK(f.probe.all == std::vector<std::string>{"bob@one.example"});
  f.probe.answer(Answer::known);  // he has come to be
  f.check("bob@one.example");
  CHECK(f.hear() == "bob accept, ");
  f.clock.advance(days(7));
  f.check("ann@one.example");
  CHECK(f.hear() == "ann accept, ");
  f.probe.answer(Answer::no_answer);  // a primary that is down does not change what counts
  f.check("ann@one.example");
  CHECK(f.hear() == "ann accept, ");
  f.clock.advance(days(24));
  f.check("ann@one.example");
  CHECK(f.hear().empty());
  f.probe.answer(Answer::unknown);
  CHECK(f.hear() == "ann refuse, ");
}

TEST_CASE("judge: without an answer the domain decides, and the primary is left alone for a minute") {
  Fixture f;
  f.check("ann@one.example", WhenUnknown::accept);
  f.check("bob@one.example", WhenUnknown::defer);
  f.check("cid@one.example", WhenUnknown::defer);  // waits for its turn
  CHECK(f.probe.all.size() == 2);
  f.probe.answer(Answer::no_answer);
  CHECK(f.hear() == "ann accept, cid defer, ");
  f.probe.answer(Answer::no_answer);
  CHECK(f.hear() == "bob defer, ");
  f.check("dan@one.example", WhenUnknown::accept);
  f.check("eve@one.example", WhenUnknown::defer);
  CHECK(f.hear() == "dan accept, eve defer, ");
  CHECK(f.probe.all.size() == 2);
  f.check("ann@two.example");
  CHECK(f.probe.all.size() == 3);
  f.clock.advance(seconds(60));
  f.check("dan@one.example");
  CHECK(f.probe.all.size() == 4);
}

TEST_CASE("judge: a primary that cannot say now answers, and is asked for others") {
  Fixture f;
  f.check("ann@one.example", WhenUnknown::accept);
  f.probe.answer(Answer::later);
  CHECK(f.hear() == "ann accept, ");
  f.check("ann@one.example", WhenUnknown::defer);
  f.check("bob@one.example", WhenUnknown::defer);
  f.probe.answer(Answer::later);
  f.probe.answer(Answer::known);
  CHECK(f.hear() == "ann defer, bob accept, ");
}

TEST_CASE("judge: two questions to a primary at the same time, so many to all, and a queue behind them") {
  Fixture f({.per_domain = 2, .in_all = 3, .waiting = 3});
  f.check("a1@one.example");
  f.check("a2@one.example");
  f.check("a3@one.example");  // waits for the domain
  f.check("b1@two.example");
  f.check("c1@three.example");  // waits for all
  CHECK(f.probe.all == std::vector<std::string>{"a1@one.example", "a2@one.example", "b1@two.example"});
  f.check("a2@one.example", WhenUnknown::accept);  // joins
  f.check("a4@one.example");
  CHECK(f.hear().empty());
  f.check("a5@one.example", WhenUnknown::accept);
  CHECK(f.hear() == "a5 defer, ");
  f.probe.answer(Answer::known);
  CHECK(f.probe.all.back() == "a3@one.example");
  f.probe.answer(Answer::unknown);
  CHECK(f.hear() == "a1 accept, a2 refuse, a2 refuse, ");
  while (!f.probe.asked.empty()) f.probe.answer(Answer::known);
  CHECK(f.hear() == "b1 accept, a3 accept, c1 accept, a4 accept, ");
  CHECK(f.judge.busy() == 0);
}

TEST_CASE("judge: a probe that answers before it returns") {
  Fixture f;
  f.probe.at_once = Answer::no_answer;
  f.check("ann@one.example", WhenUnknown::accept);
  CHECK(f.hear() == "ann accept, ");
  f.probe.at_once = Answer::known;
  f.check("ann@two.example");
  f.check("bob@two.example");
  CHECK(f.hear() == "ann accept, bob accept, ");
}

TEST_CASE("judge: many silent domains do not grow without bound, and are asked again at most") {
  Fixture f({.silent_domains = 3});
  f.probe.at_once = Answer::no_answer;
  for (int i = 0; i < 4; ++i) f.check("ann@d" + std::to_string(i) + ".example");
  CHECK(f.probe.all.size() == 4);
  f.check("ann@d3.example");
  CHECK(f.probe.all.size() == 4);
  f.check("ann@d0.example");
  CHECK(f.probe.all.size() == 5);
}

TEST_CASE("judge: who waits when it stops has no answer; what is asked ends by itself") {
  Fixture f({.per_domain = 1});
  f.check("ann@one.example");
  f.check("bob@one.example", WhenUnknown::accept);
  f.judge.stop();
  CHECK(f.hear() == "bob accept, ");
  f.check("cid@two.example");
  CHECK(f.hear() == "cid defer, ");
  CHECK(f.judge.busy() == 1);
  f.probe.answer(Answer::known);
  CHECK(f.hear() == "ann accept, ");
  CHECK(f.judge.busy() == 0);
  CHECK(f.probe.all.size() == 1);
}

TEST_CASE("judge: what is no address of a domain is refused, and a cache that fails knows nothing") {
  Fixture f;
  f.check("ann");
  f.check("ann@[192.0.2.1]");
  CHECK(f.hear() == "ann refuse, ann refuse, ");
  CHECK(f.probe.all.empty());
  f.check("bob@one.example");
  f.probe.answer(Answer::known);
  std::string key;
  REQUIRE(f.rows->scan("v:", store::after_prefix("v:"), [&](View row, View, store::Revision) {
    key = own(row);
    return false;
  }));
  REQUIRE(f.rows->commit(store::Batch().put(key, "?")));
  f.hear();
  f.check("bob@one.example");
  CHECK(f.probe.all.size() == 2);
  f.probe.answer(Answer::known);
  CHECK(f.hear() == "bob accept, ");
}
