#include "posthorn/service/reports/dmarc_results.h"

#include <doctest/doctest.h>

#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using namespace posthorn::reports;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

dmarc::Verdict verdict_of(View domain, View record = "v=DMARC1; p=reject; rua=mailto:a@example.org") {
  dmarc::Verdict verdict{
      .status = dmarc::Status::fail, .policy = dmarc::Policy::reject, .requested = dmarc::Policy::reject};
  verdict.author_domain = verdict.policy_domain = verdict.organizational_domain = own(domain);
  verdict.record = *dmarc::parse_record(record);
  return verdict;
}

struct Place {
  Place() : rows(std::move(*faults.open(store::AccountId(7)))) {}
  void add(DmarcResults& results, View domain, std::uint8_t host = 1) {
    const dmarc::Verdict verdict = verdict_of(domain);
    results.add(verdict, dmarc::row_of(verdict, IpAddress(std::array<std::uint8_t, 4>{192, 0, 2, host})));
  }
  std::chrono::sys_days today() const { return std::chrono::floor<days>(clock.wall()); }

  std::unique_ptr<store::Store> memory = store::make_memory_store();
  testing::FaultyStore faults{*memory};
  std::unique_ptr<store::Partition> rows;
  testing::FakeClock clock;
  testing::SeededRandom random{1};
};

}  // namespace

TEST_CASE("results of a day are due when it is over") {
  Place place;
  const auto day = place.today();
  DmarcResults results(*place.rows, place.clock, place.random);
  place.add(results, "example.org");
  place.add(results, "example.org");
  place.add(results, "example.com", 2);
  REQUIRE(results.save());
  CHECK(results.due(day, 10)->empty());
  CHECK(*results.due(day + days(1), 10) == std::vector<DayOf>{{day, "example.com"}, {day, "example.org"}});
  CHECK(results.due(day + days(1), 1)->size() == 1);
  const auto report = results.collected({day, "example.org"});
  REQUIRE(report);
  CHECK(report->policy.domain == "example.org");
  CHECK(report->policy.policy == dmarc::Policy::reject);
  CHECK(report->begin == day);
  CHECK(report->end == day + days(1) - seconds(1));
  REQUIRE(report->rows.size() == 1);
  CHECK(report->rows[0].count == 2);
  CHECK(report->rows[0].row.disposition == dmarc::Disposition::reject);
  REQUIRE(results.forget({day, "example.org"}));
  CHECK(*results.due(day + days(1), 10) == std::vector<DayOf>{{day, "example.com"}});
}

TEST_CASE("what several processes and restarts wrote is one report") {
  Place place;
  const auto day = place.today();
  for (int i = 0; i < 3; ++i) {
    DmarcResults results(*place.rows, place.clock, place.random);
    place.add(results, "example.org", 1);
    place.add(results, "example.org", static_cast<std::uint8_t>(i));
    REQUIRE(results.save());
  }
  DmarcResults results(*place.rows, place.clock, place.random);
  const auto report = results.collected({day, "example.org"});
  REQUIRE(report);
  CHECK(report->rows.size() == 3);
  std::uint64_t all = 0;
  for (const auto& row : report->rows) all += row.count;
  CHECK(all == 6);
}

TEST_CASE("what is old is written without being told to") {
  Place place;
  DmarcResults results(*place.rows, place.clock, place.random, {.save = seconds(30)});
  place.add(results, "example.org");
  CHECK(results.collected({place.today(), "example.org"})->rows.empty());
  place.clock.advance(seconds(31));
  place.add(results, "example.org");
  CHECK(results.collected({place.today(), "example.org"})->rows.at(0).count == 2);
  // The next day's mail writes what is left of the day before.
  place.add(results, "example.org");
  const auto day = place.today();
  place.clock.advance(hours(24));
  place.add(results, "example.org");
  CHECK(results.collected({day, "example.org"})->rows.at(0).count == 3);
  CHECK(results.collected({day + days(1), "example.org"})->rows.at(0).count == 1);
}

TEST_CASE("who asks for nothing is not counted") {
  Place place;
  DmarcResults results(*place.rows, place.clock, place.random);
  results.add(verdict_of("example.org", "v=DMARC1; p=reject"), {});
  results.add(dmarc::Verdict(), {});
  REQUIRE(results.save());
  CHECK(results.due(place.today() + days(1), 10)->empty());
}

TEST_CASE("memory and store are limited") {
  Place place;
  const auto day = place.today();
  DmarcResults results(*place.rows, place.clock, place.random,
                       {.rows_of_domain = 4, .rows_held = 6, .rows_of_day = 20});
  for (int i = 0; i < 30; ++i) {
    place.add(results, "example.org", static_cast<std::uint8_t>(i));
    place.add(results, "d" + std::to_string(i) + ".example");
  }
  REQUIRE(results.save());
  std::size_t rows = 0;
  const auto due = results.due(day + days(1), 100);
  REQUIRE(due);
  for (const DayOf& subject : *due) rows += results.collected(subject)->rows.size();
  CHECK(rows == 20);
}

TEST_CASE("names that somebody makes up get few reports a day") {
  Place place;
  const auto day = place.today();
  DmarcResults results(*place.rows, place.clock, place.random,
                       {.domains_of_organization = 2, .domains_of_two_labels = 5});
  const auto due = [&](std::chrono::sys_days before) {
    REQUIRE(results.save());
    std::string all;
    const auto subjects = results.due(before, 100);
    for (const DayOf& subject : *subjects) all += (all.empty() ? "" : " ") + subject.domain;
    return all;
  };
  const auto add = [&](const std::string& domain, const std::string& organization) {
    dmarc::Verdict verdict = verdict_of(domain);
    verdict.organizational_domain = organization;
    results.add(verdict, dmarc::row_of(verdict, IpAddress()));
  };
  for (const char* label : {"0", "1", "2", "0", "3"}) add(std::string(label) + ".evil.example", "evil.example");
  // Each says that it is an organization of its own.
  for (const char* label : {"a", "b", "c", "d", "e", "f"})
    add("x." + std::string(label) + ".sly.example", std::string(label) + ".sly.example");
  add("good.example", "good.example");
  CHECK(due(day + days(1)) ==
        "0.evil.example 1.evil.example good.example x.a.sly.example x.b.sly.example x.c.sly.example x.d.sly.example "
        "x.e.sly.example");
  CHECK(results.collected({day, "0.evil.example"})->rows.at(0).count == 2);
  place.clock.advance(hours(24));
  add("3.evil.example", "evil.example");
  CHECK(due(day + days(2)).contains(" 3.evil.example"));
}

TEST_CASE("a report is no larger than may be, and says what it lacks") {
  Place place;
  constexpr std::size_t kMost = 25'000;
  DmarcResults results(*place.rows, place.clock, place.random, {.octets_of_report = kMost});
  const dmarc::Verdict verdict = verdict_of("example.org");
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 50; ++i) {
      dmarc::Row row = dmarc::row_of(verdict, IpAddress());
      for (int j = 0; j < 4; ++j)
        row.dkim.push_back({std::string(250, 'd') + std::to_string(i), std::string(250, '&')});
      results.add(verdict, std::move(row));
    }
    REQUIRE(results.save());
  }
  const auto report = results.collected({place.today(), "example.org"});
  REQUIRE(report);
  // A row has four names of 250 octets and four of 250 that XML writes with five each.
  CHECK(report->rows.size() == 3);
  CHECK(format_aggregate({.rows = report->rows}).size() < kMost + 500);
  std::uint64_t told = 0;
  for (const auto& row : report->rows) told += row.count;
  CHECK(told == 6);
  CHECK(report->errors == std::vector<std::string>{"the report would be too large: 94 messages are left out"});
}

TEST_CASE("what could not be written is written later") {
  Place place;
  DmarcResults results(*place.rows, place.clock, place.random);
  place.add(results, "example.org");
  place.faults.fail_commits(environment_error(Code::no_space));
  CHECK(!results.save());
  place.faults.fail_commits(std::nullopt);
  place.add(results, "example.org");
  REQUIRE(results.save());
  CHECK(results.collected({place.today(), "example.org"})->rows.at(0).count == 2);
}

TEST_CASE("rows that cannot be read are passed over") {
  Place place;
  DmarcResults results(*place.rows, place.clock, place.random);
  place.add(results, "example.org");
  REQUIRE(results.save());
  store::Batch batch;
  const std::string day = std::to_string(place.today().time_since_epoch().count());
  batch.put("r:" + day + ":example.org:0", "nonsense").put("r:x", "y");
  REQUIRE(place.rows->commit(batch));
  CHECK(results.collected({place.today(), "example.org"})->rows.size() == 1);
  CHECK(results.due(place.today() + days(1), 10)->size() == 1);
}
