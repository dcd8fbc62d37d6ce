#include <doctest/doctest.h>

#include "posthorn/service/reports/aggregate_xml.h"

#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::dmarc;
using reports::format_aggregate;
using reports::parse_aggregate;

namespace {

AggregateReport full_report() {
  AggregateReport report{.version = "1.0",
                         .organization = "A & B <c>",
                         .email = "a@example.org",
                         .extra_contact = "https://example.org/?a=b&c"};
  report.id = "id1";
  report.begin = WallTime(std::chrono::seconds(302'832'000));
  report.end = WallTime(std::chrono::seconds(302'918'399));
  report.errors = {"first", "second ]]>"};
  report.generator = "x 1";
  report.policy = {.domain = "example.com", .discovery = Discovery::public_suffix_list, .policy = Policy::quarantine};
  report.policy.subdomains = Policy::none;
  report.policy.not_existing = Policy::reject;
  report.policy.dkim = Alignment::strict;
  report.policy.spf = Alignment::relaxed;
  report.policy.testing = false;
  report.policy.failures = "1:d";
  Row row{.source = *IpAddress::parse("2001:db8::5"),
          .disposition = Disposition::pass,
          .dkim_aligned = true,
          .spf_aligned = false};
  row.reasons = {{OverrideType::mailing_list, "a \"list\" \xC3\xA9"}, {OverrideType::sampled_out, ""}};
  row.header_from = "example.com";
  row.envelope_from = "";
  row.envelope_to = "example.net";
  row.dkim = {{"example.com", "s1", AuthResult::pass, ""}, {"example.org", "s2", AuthResult::policy, "weak key"}};
  row.spf = {{"example.com", SpfScope::mfrom, AuthResult::softfail, "x"},
             {"h.example", SpfScope::helo, AuthResult::none, ""}};
  report.rows = {{row, 123}, {Row{.source = *IpAddress::parse("192.0.2.1"), .header_from = "a.example.com"}, 1}};
  return report;
}

}  // namespace

TEST_CASE("how much of a report is one row's") {
  AggregateReport report = full_report();
  const std::size_t both = format_aggregate(report).size();
  const CountedRow last = report.rows.back();
  report.rows.pop_back();
  CHECK(format_aggregate(report).size() + reports::formatted_octets(last) == both);
}

// The order of RFC 9990 section 3.1.1, which its schema demands.
TEST_CASE("a report as it is written") {
  AggregateReport report{.version = "1.0", .organization = "Org", .email = "a@b.example", .id = "i"};
  report.policy.domain = "example.com";
  report.rows = {{Row{.source = *IpAddress::parse("192.0.2.1"),
                      .header_from = "example.com",
                      .spf = {{"x.example", SpfScope::mfrom, AuthResult::fail, ""}}},
                  2}};
  CHECK(format_aggregate(report) == R"(<?xml version="1.0" encoding="UTF-8"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Org</org_name>
    <email>a@b.example</email>
    <report_id>i</report_id>
    <date_range>
      <begin>0</begin>
      <end>0</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain>
    <p>none</p>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.1</source_ip>
      <count>2</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>fail</dkim>
        <spf>fail</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>example.com</header_from>
    </identifiers>
    <auth_results>
      <spf>
        <domain>x.example</domain>
        <scope>mfrom</scope>
        <result>fail</result>
      </spf>
    </auth_results>
  </record>
</feedback>
)");
}

TEST_CASE("a report comes back as it was") {
  const AggregateReport report = full_report();
  const auto again = parse_aggregate(format_aggregate(report));
  REQUIRE_MESSAGE(again, again.error().note);
  CHECK(*again == report);
}

TEST_CASE("reports of others come back from ours") {
  const auto folder = testing::shared_data("dmarc/aggregate-reports");
  if (!folder) return;
  for (const char* name : {"001.xml", "002.xml", "003.xml", "004.xml", "005.xml"}) {
    const auto report = parse_aggregate(testing::read_whole_file(*folder / name));
    REQUIRE(report);
    CHECK(parse_aggregate(format_aggregate(*report)) == report);
  }
}

TEST_CASE("what XML cannot hold is not written") {
  for (const View text :
       {View("a\0b", 3), View("\x1B[1m"), View("\xFF\xFE"), View("\xEF\xBF\xBF"), View("\xED\xA0\x80")}) {
    AggregateReport report = full_report();
    report.organization = own(text);
    const auto again = parse_aggregate(format_aggregate(report));
    REQUIRE(again);
    CHECK(again->organization.find('?') != std::string::npos);
  }
}
