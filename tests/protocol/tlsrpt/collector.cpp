#include "posthorn/protocol/tlsrpt/collector.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using tls::Failure;
using tlsrpt::Collector;
using tlsrpt::PolicyType;
using tlsrpt::Subject;

TEST_CASE("counts, and their rows") {
  Collector collector;
  const Subject good{PolicyType::sts, "example.org", "mx.example.org", std::nullopt};
  collector.count(good);
  collector.count(good, 4);
  collector.count({PolicyType::sts, "example.org", "mx.example.org", Failure::certificate_expired});
  collector.count({PolicyType::tlsa, "mx.example.net", "mx.example.net", Failure::dnssec_invalid}, 2);
  collector.count({PolicyType::no_policy_found, "example.com", "", Failure::starttls_not_supported});
  const std::string rows =
      "tlsa mx.example.net mx.example.net dnssec-invalid 2\n"
      "sts example.org mx.example.org - 5\n"
      "sts example.org mx.example.org certificate-expired 1\n"
      "no-policy-found example.com - starttls-not-supported 1\n";
  CHECK(collector.format() == rows);

  Collector again;
  REQUIRE(again.add(rows));
  CHECK(again.counts() == collector.counts());
  REQUIRE(again.add(rows));
  CHECK(again.counts().at(good) == 10);
}

TEST_CASE("rows that are broken add nothing") {
  const std::string good = "sts example.org - - 1\n";
  for (const std::string bad : {"sts example.org - - 1", "sts example.org - -\n", "spf example.org - - 1\n", "\n",
                                "sts example.org - unknown 1\n", "sts  - - 1\n", "sts example.org - - -1\n",
                                "sts example.org - - 99999999999999999999\n"}) {
    Collector collector;
    CHECK(collector.add(good + bad).error().code == Code::corrupt);
    CHECK(collector.counts().empty());
  }
}

TEST_CASE("limit of subjects, and names that would break a row") {
  Collector collector(1);
  collector.count({PolicyType::sts, "a.example", "", std::nullopt});
  collector.count({PolicyType::sts, "b.example", "", std::nullopt}, 3);
  collector.count({PolicyType::sts, "a.example", "", std::nullopt});
  CHECK(collector.format() == "sts a.example - - 2\n");
  CHECK(collector.dropped() == 3);
  Collector other;
  other.count({PolicyType::sts, "a example", "", std::nullopt});
  other.count({PolicyType::sts, "a.example", "x\ny", std::nullopt});
  CHECK(other.counts().empty());
  CHECK(other.dropped() == 2);
}

}  // namespace
}  // namespace posthorn
