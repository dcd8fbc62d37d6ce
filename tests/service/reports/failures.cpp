#include "posthorn/service/reports/failures.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "posthorn/service/queue/message.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using reports::Failures;

namespace {

constexpr View kHeader = "From: <x@example.org>\r\nSubject: a\r\n";
const reports::FailedMessage kMessage{
    .mail_from = "x@example.net", .authentication_results = "mx.example; dmarc=fail", .user_agent = "Posthorn"};

struct Shelf {
  dmarc::Verdict verdict(View domain) const {
    dmarc::Verdict made{.status = dmarc::Status::fail, .author_domain = own(domain), .policy_domain = own(domain)};
    made.record = *dmarc::parse_record("v=DMARC1; p=none; ruf=mailto:a@example.org");
    return made;
  }
  void add(View domain, View header = kHeader) { REQUIRE(failures.add(verdict(domain), kMessage, header)); }
  std::vector<std::string> domains() const {
    std::vector<std::string> all;
    const auto waiting = failures.waiting(100);
    REQUIRE(waiting);
    for (const auto& one : *waiting) all.push_back(one.report.reported_domain.at(0));
    std::ranges::sort(all);
    return all;
  }

  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(queue::kQueueAccount));
  testing::FakeClock clock;
  testing::SeededRandom random{1};
  Failures failures{*rows, clock, random, {.of_domain = 2, .of_day = 3, .header = 64}};
};

using Domains = std::vector<std::string>;

}  // namespace

TEST_CASE("a failure is kept until it is told") {
  Shelf shelf;
  shelf.add("a.example", own(kHeader) + "\r\nText\r\n");
  const auto waiting = shelf.failures.waiting(1);
  REQUIRE((waiting && waiting->size() == 1));
  const auto report = reports::failure_report(shelf.verdict("a.example"), kMessage);
  CHECK(mime::format_feedback_report(waiting->at(0).report) == mime::format_feedback_report(report));
  CHECK(waiting->at(0).header == own(kHeader) + "\r\n");
  REQUIRE(shelf.failures.forget(waiting->at(0).key));
  CHECK(shelf.domains().empty());
}

TEST_CASE("a long header is told as far as its last whole line") {
  Shelf shelf;
  shelf.add("a.example", own(kHeader) + "X: " + std::string(100, 'x') + "\r\n");
  CHECK(shelf.failures.waiting(1)->at(0).header == own(kHeader) + "\r\n");
}

TEST_CASE("a domain is told of a few failures a day, and all domains together of not many more") {
  Shelf shelf;
  for (const View domain : {"a.example", "a.example", "a.example", "b.example", "c.example"}) shelf.add(domain);
  CHECK(shelf.domains() == Domains{"a.example", "a.example", "b.example"});
  REQUIRE(shelf.failures.forget(shelf.failures.waiting(1)->at(0).key));
  shelf.add("a.example");  // what is told counts as well
  CHECK(shelf.domains().size() == 2);
  shelf.clock.advance(std::chrono::hours(24));
  for (const View domain : {"a.example", "c.example", "d.example", "d.example"}) shelf.add(domain);
  CHECK(shelf.domains().size() == 5);
  int counts = 0;
  REQUIRE(shelf.rows->scan("w:n:", store::after_prefix("w:n:"), [&](View, View, store::Revision) { return ++counts; }));
  CHECK(counts == 4);  // those of yesterday are gone
}

TEST_CASE("reports do not go round") {
  Shelf shelf;
  shelf.add("a.example", "Content-Type: Multipart/Report; report-type=feedback-report; boundary=x\r\n");
  shelf.add("a.example", "auto-submitted: auto-generated\r\n");
  reports::FailedMessage bounce = kMessage;
  bounce.mail_from.clear();
  REQUIRE(shelf.failures.add(shelf.verdict("a.example"), bounce, kHeader));
  CHECK(shelf.domains().empty());
  shelf.add("a.example", "Auto-Submitted: no\r\nContent-Type: text/plain\r\n");
  CHECK(shelf.domains().size() == 1);
}

TEST_CASE("nothing is kept where nobody asks, and a store that fails is told of") {
  const auto memory = store::make_memory_store();
  testing::FaultyStore faults(*memory);
  const auto rows = std::move(*faults.open(queue::kQueueAccount));
  Shelf shelf;
  Failures failures(*rows, shelf.clock, shelf.random);
  dmarc::Verdict verdict = shelf.verdict("a.example");
  verdict.status = dmarc::Status::pass;
  faults.fail_at(1, environment_error(Code::unavailable));
  CHECK(failures.add(verdict, kMessage, kHeader));
  verdict.status = dmarc::Status::fail;
  CHECK(!failures.add(verdict, kMessage, kHeader));
  CHECK(failures.add(verdict, kMessage, kHeader));
  CHECK(failures.waiting(10)->size() == 1);
}
