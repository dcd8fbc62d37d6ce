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

std::uint64_t sessions(const tlsrpt::Collector& counts, const std::string& domain) {
  std::uint64_t all = 0;
  for (const auto& [subject, count] : counts.counts()) all += subject.domain == domain ? count : 0;
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
  CHECK(one.days_before(day)->empty());
  one.count(hop_of("a.example"), {}, true);
  place.clock.advance(hours(24));
  REQUIRE(one.save());  // what was counted before is of the day before
  one.count(hop_of("a.example"), {}, true);
  REQUIRE(one.save());
  const auto found = one.days_before(day + days(1));
  REQUIRE((found && found->size() == 1));
  CHECK(found->at(0).day == day);
  CHECK(sessions(found->at(0).counts, "a.example") == 7);
  CHECK(sessions(found->at(0).counts, "b.example") == 3);
}

TEST_CASE("what is reported is forgotten by domain") {
  Place place;
  const auto day = place.today();
  TlsReports reports(*place.rows, place.clock);
  reports.count(hop_of("a.example"), {}, true);
  reports.count(hop_of("b.example"), {}, true);
  REQUIRE(reports.save());
  REQUIRE(reports.forget(day, {"a.example"}));
  auto left = reports.days_before(day + days(1));
  REQUIRE((left && left->size() == 1));
  CHECK(sessions(left->at(0).counts, "a.example") == 0);
  CHECK(sessions(left->at(0).counts, "b.example") == 1);
  REQUIRE(reports.forget(day, {"b.example"}));
  CHECK(reports.days_before(day + days(1))->empty());
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
