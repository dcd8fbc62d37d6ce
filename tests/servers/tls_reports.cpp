#include "shared/tls_reports.h"

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using servers::TlsReports;
using std::chrono::days;
using std::chrono::hours;

namespace {

struct Place {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*memory->open(store::AccountId(7)));
  testing::FakeClock clock;
  std::chrono::sys_days today() const { return std::chrono::floor<days>(clock.wall()); }
};

outbound::Hop hop_of(const std::string& domain) {
  outbound::Hop hop{.host = "mx." + domain};
  hop.policy_type = tlsrpt::PolicyType::sts;
  hop.policy_domain = domain;
  return hop;
}

std::uint64_t sessions(const TlsReports& reports, const reports::DayOf& subject) {
  const auto counted = reports.counted(subject);
  REQUIRE(counted);
  std::uint64_t all = 0;
  for (const auto& [of, count] : counted->counts.counts()) {
    CHECK(of.domain == subject.domain);
    all += count;
  }
  return all;
}

}  // namespace

TEST_CASE("TLS results of several processes are added, each to its day") {
  Place place;
  const auto day = place.today();
  TlsReports one(*place.rows, place.clock);
  TlsReports two(*place.rows, place.clock);
  for (int i = 0; i < 3; ++i) {
    one.count(hop_of("a.example"), {}, true);
    two.count(hop_of("a.example"), {}, true);
    two.count(hop_of("b.example"), {}, true);
    REQUIRE(one.save());
    REQUIRE(two.save());
    REQUIRE(two.save());
  }
  CHECK(one.due(day)->empty());
  one.count(hop_of("a.example"), {}, true);
  place.clock.advance(hours(24));
  REQUIRE(one.save());  // what was counted before is of the day before
  one.count(hop_of("a.example"), {}, true);
  REQUIRE(one.save());
  CHECK(*one.due(day + days(1)) == std::vector<reports::DayOf>{{day, "a.example"}, {day, "b.example"}});
  CHECK(sessions(one, {day, "a.example"}) == 7);
  CHECK(sessions(one, {day, "b.example"}) == 3);
}

TEST_CASE("what is reported is forgotten by domain") {
  Place place;
  const auto day = place.today();
  TlsReports reports(*place.rows, place.clock);
  reports.count(hop_of("a.example"), {}, true);
  reports.count(hop_of("b.example"), {}, true);
  REQUIRE(reports.save());
  REQUIRE(reports.forget({day, "a.example"}, *reports.counted({day, "a.example"})));
  CHECK(*reports.due(day + days(1)) == std::vector<reports::DayOf>{{day, "b.example"}});
  CHECK(sessions(reports, {day, "a.example"}) == 0);
  CHECK(sessions(reports, {day, "b.example"}) == 1);
  // What another process adds in between is not lost.
  const auto read = reports.counted({day, "b.example"});
  TlsReports other(*place.rows, place.clock);
  other.count(hop_of("b.example"), {}, true);
  REQUIRE(other.save());
  REQUIRE(reports.forget({day, "b.example"}, *read));
  CHECK(sessions(reports, {day, "b.example"}) == 2);
  REQUIRE(reports.forget({day, "b.example"}, *reports.counted({day, "b.example"})));
  CHECK(reports.due(day + days(1))->empty());
}

// Nothing grows over what one commit takes, and what is written is not written again.
TEST_CASE("a day may have more results than fit a batch") {
  Place place;
  TlsReports reports(*place.rows, place.clock);
  const std::string label(60, 'x');
  const auto domain = [&](int i) { return label + "." + label + "." + label + "." + std::to_string(i) + ".example"; };
  constexpr int kDomains = 30'000;
  for (int i = 0; i < kDomains; ++i) reports.count(hop_of(domain(i)), {}, true);
  REQUIRE(reports.save());
  reports.count(hop_of(domain(0)), {}, true);
  const auto before = place.rows->revision();
  REQUIRE(reports.save());
  int written = 0;
  REQUIRE(place.rows->scan("t:", store::after_prefix("t:"), [&](View, View, store::Revision revision) {
    if (revision > *before) ++written;
    return true;
  }));
  CHECK(written == 1);
  const auto day = place.today();
  CHECK(reports.due(day + days(1))->size() == kDomains);
  CHECK(sessions(reports, {day, domain(0)}) == 2);
  CHECK(sessions(reports, {day, domain(1)}) == 1);
}

TEST_CASE("policies outlive the process") {
  Place place;
  {
    TlsReports reports(*place.rows, place.clock);
    outbound::Routing routing;
    routing.learned = mta_sts::Entry{
        "1", {mta_sts::Mode::enforce, {"mx.a.example"}, std::chrono::seconds(86'400)}, place.clock.wall()};
    reports.learn("a.example", routing);
    REQUIRE(reports.save());
  }
  TlsReports reports(*place.rows, place.clock);
  REQUIRE(reports.load());
  CHECK(reports.policy("a.example")->mx == std::vector<std::string>{"mx.a.example"});
  place.clock.advance(hours(25));
  CHECK(!reports.policy("a.example"));
}
