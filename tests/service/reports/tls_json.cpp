#include "posthorn/service/reports/tls_json.h"

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/service/reports/unpack.h"

#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::tlsrpt;
using reports::format_tls_report;
using reports::parse_tls_report;

namespace {

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

}  // namespace

// RFC 8460 appendix B, as published.
TEST_CASE("the example of the RFC") {
  const auto path = testing::shared_data("dmarc/tlsrpt/rpt01.json");
  if (!path) return;
  const auto report = parse_tls_report(testing::read_whole_file(*path));
  REQUIRE(report);
  CHECK(report->organization == "Company-X");
  CHECK(report->begin == at(1'459'468'800));
  CHECK(report->end == at(1'459'555'199));
  CHECK(report->contact == "sts-reporting@company-x.example");
  CHECK(report->id == "5065427c-23d3-47ca-b6e0-946ea0e8c4be");
  REQUIRE(report->policies.size() == 1);
  const PolicyReport& policy = report->policies[0];
  CHECK(policy.type == PolicyType::sts);
  CHECK(policy.lines ==
        std::vector<std::string>{"version: STSv1", "mode: testing", "mx: *.mail.company-y.example", "max_age: 86400"});
  CHECK(policy.domain == "company-y.example");
  CHECK(policy.hosts == std::vector<std::string>{"*.mail.company-y.example"});
  CHECK(policy.successes == 5326);
  CHECK(policy.failures == 303);
  REQUIRE(policy.details.size() == 3);
  CHECK(policy.details[0] == FailureDetail{"certificate-expired", "2001:db8:abcd:0012::1", "mx1.mail.company-y.example",
                                           "", "", 100, "", ""});
  CHECK(policy.details[1].receiving_ip == "203.0.113.56");
  CHECK(policy.details[1].sessions == 200);
  CHECK(policy.details[1].more.starts_with("https://reports.company-x.example/"));
  CHECK(policy.details[2].reason == "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED");
  CHECK(parse_tls_report(format_tls_report(*report)) == report);
}

TEST_CASE("a report as it was mailed") {
  const auto path = testing::shared_data("dmarc/tlsrpt/rpt01.eml");
  const auto same = testing::shared_data("dmarc/tlsrpt/rpt01.json");
  if (!path || !same) return;
  const std::string octets = testing::read_whole_file(*path);
  const mime::Message message = mime::Message::index(octets);
  std::optional<std::string> found;
  for (std::size_t i = 0; i < message.parts().size(); ++i) {
    const std::string body = mime::decode_body(message, mime::PartId(static_cast<std::uint32_t>(i)));
    if (body.starts_with("\x1F\x8B")) found = *reports::unpack(body);
  }
  REQUIRE(found);
  auto report = parse_tls_report(*found);
  REQUIRE(report);
  CHECK(report->organization == "Company-X");
  CHECK(report->policies.at(0).details.size() == 3);
}

TEST_CASE("a policy type that is none") {
  const auto path = testing::shared_data("dmarc/tlsrpt/rpt03.json");
  if (!path) return;
  const auto report = parse_tls_report(testing::read_whole_file(*path));
  REQUIRE(report);
  REQUIRE(report->policies.size() == 2);
  CHECK(report->policies[0].type == PolicyType::no_policy_found);
  CHECK(report->policies[0].successes == 1);
  CHECK(!report->policies[1].type);
  CHECK(parse_tls_report(format_tls_report(*report)) == report);
}

TEST_CASE("what is no report, and what is only odd") {
  for (const View json : {"", "[]", "{}", "{\"policies\":1}", "{\"policies\":[]", "<feedback/>", "\x1F\x8B"}) {
    CAPTURE(json);
    CHECK(!parse_tls_report(json));
  }
  const auto odd = parse_tls_report(
      "{\"policies\":[1,{\"policy\":[],\"summary\":{\"total-failure-session-count\":-3},"
      "\"failure-details\":[null,{\"failed-session-count\":\"7\"}]}],\"date-range\":7,"
      "\"report-id\":{}}");
  REQUIRE(odd);
  CHECK(odd->policies.size() == 2);
  CHECK(odd->policies[1].failures == 0);
  CHECK(odd->policies[1].details == std::vector<FailureDetail>(2));
  CHECK(parse_tls_report("{\"policies\":[{},{},{}]}", {.policies = 2}).error().code == Code::too_many);
  CHECK(parse_tls_report("{\"policies\":[{\"failure-details\":[1,2]}]}", {.details = 1}).error().code ==
        Code::too_many);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "[";
  CHECK(!parse_tls_report(deep));
}

TEST_CASE("what JSON cannot hold is not written") {
  Report report{.organization = "\xFF\"\n"};
  CHECK(parse_tls_report(format_tls_report(report))->organization == "?\"\n");
}
