#include "posthorn/service/inquiry.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/bytes/view.h"
#include "posthorn/testing/zone_resolver.h"

using namespace posthorn;
using namespace std::chrono_literals;
using posthorn::testing::ZoneResolver;

namespace {

constexpr View kZone = "a.example. TXT \"one\"\nb.example. TXT \"two\"\nc.example. A 192.0.2.1\n";

dns::Question text_of(View name) { return {own(name), dns::Type::txt}; }

/// Asks one question after the other; knows the texts.
class Chain : public dns::Evaluation<std::string> {
 public:
  explicit Chain(std::vector<dns::Question> questions) : questions_(std::move(questions)) {}
  [[nodiscard]] std::span<const dns::Question> wanted() const override {
    return std::span(questions_).first(questions_.empty() ? 0 : 1);
  }
  void answer(std::size_t, const dns::Answer& answer) override {
    questions_.erase(questions_.begin());
    for (const dns::Record& record : answer.records) text_ += std::get<dns::Txt>(record).text;
  }
  [[nodiscard]] const std::string& verdict() const override { return text_; }

 private:
  std::vector<dns::Question> questions_;
  std::string text_;
};

/// Asks all at once; counts.
class Count : public dns::Evaluation<int> {
 public:
  explicit Count(std::vector<dns::Question> questions) : questions_(std::move(questions)) {}
  [[nodiscard]] std::span<const dns::Question> wanted() const override { return questions_; }
  void answer(std::size_t index, const dns::Answer& answer) override {
    questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(index));
    if (answer.outcome == dns::Outcome::found) ++found_;
  }
  [[nodiscard]] const int& verdict() const override { return found_; }

 private:
  std::vector<dns::Question> questions_;
  int found_ = 0;
};

/// Answers each question on a thread of its own.
class ThreadedResolver : public dns::Resolver {
 public:
  void resolve(dns::Question question, Done done) override {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, question = std::move(question), done = std::move(done)]() mutable {
      zone_.resolve(std::move(question), std::move(done));
    });
  }
  ~ThreadedResolver() override {
    for (;;) {
      std::vector<std::jthread> ended;
      const std::lock_guard lock(mutex_);
      ended.swap(threads_);
      if (ended.empty()) return;
    }
  }

 private:
  ZoneResolver zone_{kZone};
  std::mutex mutex_;
  std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("inquiry: evaluations of several kinds are asked for together, a question that two have once") {
  ZoneResolver resolver(kZone);
  Inquiry inquiry(resolver);
  const auto chain = inquiry.add(std::make_unique<Chain>(std::vector{text_of("a.example"), text_of("b.example")}));
  const auto count = inquiry.add(
      std::make_unique<Count>(std::vector{text_of("a.example"), text_of("none.example"), {"c.example", dns::Type::a}}));
  CHECK_FALSE(inquiry.done());
  CHECK(resolver.asked() == 0);
  CHECK(inquiry.wait(0s));
  CHECK(inquiry.done());
  CHECK(chain.verdict() == "onetwo");
  CHECK(count.verdict() == 2);
  CHECK(resolver.asked("a.example") == 1);
}

TEST_CASE("inquiry: what is wanted again after its answer is asked again") {
  ZoneResolver resolver(kZone);
  Inquiry inquiry(resolver);
  const auto chain = inquiry.add(std::make_unique<Chain>(std::vector{text_of("a.example"), text_of("a.example")}));
  CHECK(inquiry.wait(0s));
  CHECK(chain.verdict() == "oneone");
}

TEST_CASE("inquiry: answers may come on any thread") {
  for (int i = 0; i < 50; ++i) {
    ThreadedResolver resolver;
    Inquiry inquiry(resolver);
    const auto chain = inquiry.add(std::make_unique<Chain>(std::vector(8, text_of("a.example"))));
    const auto count = inquiry.add(
        std::make_unique<Count>(std::vector{text_of("a.example"), text_of("b.example"), {"c.example", dns::Type::a}}));
    REQUIRE(inquiry.wait(60s));
    CHECK(chain.verdict().size() == 24);
    CHECK(count.verdict() == 3);
  }
}

TEST_CASE("inquiry: who waits no longer has what is known, and may go before the answers come") {
  ZoneResolver resolver(kZone);
  resolver.defer();
  Inquiry::Part<Chain> chain;
  {
    Inquiry inquiry(resolver);
    chain = inquiry.add(std::make_unique<Chain>(std::vector{text_of("a.example"), text_of("b.example")}));
    CHECK_FALSE(inquiry.wait(1ms));
    CHECK(chain.verdict().empty());
    CHECK(resolver.deliver(1) == 1);
    CHECK_FALSE(inquiry.wait(1ms));
    CHECK(chain.verdict() == "one");
  }
  CHECK(resolver.deliver() == 1);
  CHECK(resolver.waiting() == 0);
}

TEST_CASE("inquiry: who went is asked nothing more for") {
  ZoneResolver resolver(kZone);
  resolver.defer();
  bool woken = false;
  {
    Inquiry inquiry(resolver);
    inquiry.add(std::make_unique<Chain>(std::vector{text_of("a.example"), text_of("b.example")}));
    inquiry.begin([&] { woken = true; });
  }
  resolver.deliver();
  CHECK(resolver.asked("b.example") == 0);
  CHECK_FALSE(woken);
}

TEST_CASE("inquiry: wakes once when all is known, and may end then") {
  ZoneResolver resolver(kZone);
  resolver.defer();
  int woken = 0;
  auto inquiry = std::make_unique<Inquiry>(resolver);
  const auto count = inquiry->add(std::make_unique<Count>(std::vector{text_of("a.example"), text_of("b.example")}));
  inquiry->add(std::make_unique<Chain>(std::vector{text_of("a.example")}));
  inquiry->begin([&] {
    ++woken;
    inquiry.reset();
  });
  resolver.deliver(1);
  CHECK(woken == 0);
  resolver.deliver();
  CHECK(woken == 1);
  CHECK(count.verdict() == 2);
}

TEST_CASE("inquiry: an evaluation that something else changes asks on") {
  ZoneResolver resolver(kZone);
  Inquiry inquiry(resolver);
  const auto chain = inquiry.add(std::make_unique<Chain>(std::vector<dns::Question>()));
  bool woken = false;
  inquiry.begin([&] { woken = true; });
  CHECK(woken);
  chain.with([](Chain& changed) { changed = Chain({text_of("b.example")}); });
  CHECK_FALSE(inquiry.done());
  CHECK(inquiry.wait(0s));
  CHECK(chain.verdict() == "two");
}

TEST_CASE("inquiry: its end waits for the wake that another thread runs") {
  ThreadedResolver resolver;
  std::atomic<bool> entered = false;
  std::atomic<bool> left = false;
  {
    Inquiry inquiry(resolver);
    inquiry.add(std::make_unique<Chain>(std::vector{text_of("a.example")}));
    inquiry.begin([&] {
      entered = true;
      entered.notify_all();
      std::this_thread::sleep_for(20ms);
      left = true;
    });
    entered.wait(false);
  }
  CHECK(left);
}
