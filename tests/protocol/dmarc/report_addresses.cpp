#include "posthorn/protocol/dmarc/report_addresses.h"

#include <doctest/doctest.h>

#include "protocol/dnsbl/drive.h"

namespace posthorn::dmarc {
namespace {

Verdict policy_of(View domain, View organizational, std::vector<ReportUri> uris) {
  Verdict verdict{.organizational_domain = own(organizational), .policy_domain = own(domain), .record = Record()};
  verdict.record->aggregate_to = std::move(uris);
  return verdict;
}

ReportAddressList ask(testing::ZoneResolver& dns, const Verdict& verdict, ReportKind kind = ReportKind::aggregate) {
  REQUIRE(dns.problem().empty());
  ReportAddresses backward(verdict, kind);
  ReportAddresses forward(verdict, kind);
  const ReportAddressList list = testing::drive(forward, dns);
  CHECK(testing::drive(backward, dns, true).allowed == list.allowed);
  return list;
}

std::string allowed(testing::ZoneResolver& dns, const Verdict& verdict) {
  std::string all;
  for (const std::string& address : ask(dns, verdict).allowed) all += (all.empty() ? "" : " ") + address;
  return all;
}

// RFC 9990 section 4: its example.
TEST_CASE("addresses of others have to agree") {
  testing::ZoneResolver dns(
      "blue.example.com._report._dmarc.red.example.net. TXT \"v=DMARC1\"\n"
      "*._report._dmarc.any.example. TXT \"v=DMARC1;\"\n"
      "blue.example.com._report._dmarc.wrong.example. TXT \"v=spf1 -all\"\n");
  CHECK(allowed(dns, policy_of("blue.example.com", "example.com", {{"mailto:reports@red.example.net"}})) ==
        "reports@red.example.net");
  CHECK(allowed(dns, policy_of("blue.example.com", "example.com",
                               {{"mailto:a@any.example"},
                                {"mailto:b@wrong.example"},
                                {"mailto:c@absent.example"},
                                {"https://red.example.net/"},
                                {"mailto:d@blue.example.com"},
                                {"mailto:d@blue.example.com"}})) == "a@any.example d@blue.example.com");
}

TEST_CASE("within one organizational domain nobody is asked") {
  testing::ZoneResolver dns(
      "_dmarc.example.com. TXT \"v=DMARC1; p=none\"\n"
      "_dmarc.own.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n");
  CHECK(allowed(dns, policy_of("blue.example.com", "example.com",
                               {{"mailto:a@red.example.com"}, {"mailto:b@example.com"}})) ==
        "a@red.example.com b@example.com");
  CHECK(dns.asked("blue.example.com._report._dmarc.red.example.com") == 0);
  CHECK(allowed(dns, policy_of("blue.example.com", "example.com", {{"mailto:a@own.example.com"}})).empty());
  CHECK(dns.asked("blue.example.com._report._dmarc.own.example.com") == 2);
}

TEST_CASE("who agrees may name another address of its own host, and no other host") {
  testing::ZoneResolver dns(
      "x.example._report._dmarc.own.example. TXT \"v=DMARC1; rua=mailto:new@own.example!1k\"\n"
      "x.example._report._dmarc.far.example. TXT \"v=DMARC1; rua=mailto:new@far.example,mailto:x@victim.example\"\n");
  const auto list =
      ask(dns, policy_of("x.example", "x.example", {{"mailto:old@own.example"}, {"mailto:old@far.example"}}));
  CHECK(list.allowed == std::vector<std::string>{"new@own.example"});
  CHECK(list.refused == std::vector<std::string>{"old@far.example"});
  // rua says nothing of failure reports.
  Verdict verdict = policy_of("x.example", "x.example", {});
  verdict.record->failures_to = {{"mailto:old@own.example"}};
  CHECK(ask(dns, verdict, ReportKind::failure).allowed == std::vector<std::string>{"old@own.example"});
}

TEST_CASE("no answer is no consent, but may become one") {
  testing::ZoneResolver dns("x.example._report._dmarc.good.example. TXT \"v=DMARC1\"\n");
  dns.fail("x.example._report._dmarc.slow.example", dns::Outcome::timed_out);
  const auto list =
      ask(dns, policy_of("x.example", "x.example", {{"mailto:a@slow.example"}, {"mailto:a@good.example"}}));
  CHECK(list.unsure);
  CHECK(list.allowed.size() == 1);
  const std::string deep(60, 'd');
  const std::string longest = deep + "." + deep + "." + deep + ".example";
  const auto none = ask(dns, policy_of(longest, longest, {{"mailto:a@" + deep + ".example"}}));
  CHECK(none.allowed.empty());
  CHECK(!none.unsure);
}

}  // namespace
}  // namespace posthorn::dmarc
