#include "posthorn/protocol/tlsrpt/report.h"

#include <doctest/doctest.h>

namespace posthorn::tlsrpt {
namespace {

TEST_CASE("counts of a domain by policy") {
  Collector counts;
  counts.count({PolicyType::sts, "example.org", "mx1.example.org", tls::Failure::certificate_expired}, 3);
  counts.count({PolicyType::sts, "example.org", "mx2.example.org", tls::Failure::certificate_expired}, 4);
  counts.count({PolicyType::sts, "example.org", "mx1.example.org", std::nullopt}, 10);
  counts.count({PolicyType::sts, "example.org", "mx2.example.org", std::nullopt}, 20);
  counts.count({PolicyType::sts, "example.org", "", tls::Failure::sts_policy_fetch_error}, 1);
  counts.count({PolicyType::no_policy_found, "example.org", "mx1.example.org", std::nullopt}, 5);
  counts.count({PolicyType::sts, "example.com", "mx1.example.org", std::nullopt}, 99);
  const auto policies = policies_of(counts, "example.org");
  REQUIRE(policies.size() == 2);
  CHECK(policies[0].type == PolicyType::sts);
  CHECK(policies[0].domain == "example.org");
  CHECK(policies[0].successes == 30);
  CHECK(policies[0].failures == 8);
  REQUIRE(policies[0].details.size() == 3);
  CHECK(policies[0].details[1] ==
        FailureDetail{.result = "certificate-expired", .receiving_host = "mx1.example.org", .sessions = 3});
  CHECK(policies[1].type == PolicyType::no_policy_found);
  CHECK(policies[1].successes == 5);
  CHECK(policies_of(counts, "example.net").empty());
  CHECK(policy_type_of("tlsa") == PolicyType::tlsa);
  CHECK(!policy_type_of("none"));
}

}  // namespace
}  // namespace posthorn::tlsrpt
