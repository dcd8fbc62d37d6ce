#include "posthorn/service/admission/judge.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using namespace posthorn::admission;

namespace {

ClientVerdict points(int score) {
  ClientVerdict verdict;
  verdict.score = score;
  if (score > 0) verdict.reasons = {"no-ptr"};
  return verdict;
}

std::string words(const Decision& decision) {
  constexpr const char* kNames[] = {"accept", "greylist", "defer", "reject"};
  std::string text = kNames[static_cast<int>(decision.what)];
  if (decision.refusal) {
    text +=
        " " + std::to_string(decision.refusal->code) + " " + decision.refusal->status + " " + decision.refusal->text;
  }
  return text;
}

}  // namespace

TEST_CASE("scores are added up and compared with the thresholds") {
  const Thresholds thresholds{.defer = 3, .reject = 6};
  CHECK(words(decide(points(2), {}, thresholds)) == "accept");
  CHECK(words(decide(points(2), {1, {"a.example"}}, thresholds)) == "greylist");
  CHECK(words(decide(points(2), {3, {"a.example"}}, thresholds)) == "greylist");
  CHECK(words(decide(points(2), {4, {"a.example", "b.example"}}, thresholds)) ==
        "reject 550 5.7.1 refused, listed by a.example, b.example");
  CHECK(words(decide(points(6), {}, thresholds)) == "reject 550 5.7.1 refused by policy");
  CHECK(words(decide(points(6), {-4, {}}, thresholds)) == "accept");
  const Decision decision = decide(points(2), {4, {"a.example"}}, thresholds);
  CHECK(decision.score == 6);
  CHECK(decision.reasons == std::vector<std::string>{"no-ptr", "a.example"});
}

TEST_CASE("what the checks refuse is refused whatever the score") {
  ClientVerdict verdict = points(0);
  verdict.refusal = Refusal{501, "5.5.2", "x"};
  CHECK(words(decide(verdict, {-10, {}})) == "reject 501 5.5.2 x");
  verdict.refusal = Refusal{451, "4.4.3", "y"};
  CHECK(words(decide(verdict, {100, {"a"}})) == "defer 451 4.4.3 y");
}

TEST_CASE("the checks alone never refuse by score") {
  ClientFacts worst{.helo = Helo::other_literal, .reverse = Reverse::none, .sender = SenderDomain::exists};
  CHECK(words(decide(judge_client(worst), {})) == "greylist");
  worst = {
      .helo = Helo::name, .helo_name = Existence::absent, .reverse = Reverse::none, .sender = SenderDomain::exists};
  CHECK(words(decide(judge_client(worst), {})) == "greylist");
}

TEST_CASE("who is in between is greylisted") {
  const auto store = store::make_memory_store();
  const auto rows = std::move(*store->open(store::AccountId(0)));
  posthorn::testing::FakeClock clock;
  Greylist greylist(*rows, clock);
  const Judge judge(&greylist);
  const Client client{.address = *IpAddress::parse("192.0.2.7"), .helo = "x.example"};
  const auto ask = [&](int score) {
    return words(judge.judge(client, points(0), {score, {"a"}}, "e@x.example", "a@b.example"));
  };
  CHECK(ask(0) == "accept");
  CHECK(ask(3) == "defer 451 4.7.1 greylisted, please try again in 300 seconds");
  CHECK(ask(8) == "reject 550 5.7.1 refused, listed by a");
  clock.advance(std::chrono::minutes(5));
  CHECK(ask(3) == "accept");
}

TEST_CASE("a greylist that is not there or fails lets mail pass") {
  const Client client{.address = *IpAddress::parse("192.0.2.7"), .helo = "x.example"};
  CHECK(words(Judge(nullptr).judge(client, points(3), {}, "", "a@b.example")) == "accept");
  const auto store = store::make_memory_store();
  posthorn::testing::FaultyStore faulty(*store);
  const auto rows = std::move(*faulty.open(store::AccountId(0)));
  posthorn::testing::FakeClock clock;
  Greylist greylist(*rows, clock);
  faulty.fail_at(1, environment_error(Code::unavailable));
  const Decision decision = Judge(&greylist).judge(client, points(3), {}, "", "a@b.example");
  CHECK(words(decision) == "accept");
  CHECK(decision.reasons.back() == "greylist-failed");
}
