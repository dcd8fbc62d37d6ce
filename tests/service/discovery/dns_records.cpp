#include "posthorn/service/discovery/dns_records.h"

#include <doctest/doctest.h>

#include "posthorn/testing/zone_resolver.h"

using namespace posthorn;
using discovery::Finding;
using discovery::Purpose;
using discovery::State;

namespace {

constexpr View kKey = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";  // RFC 8463 appendix A.2

std::vector<discovery::Record> records() {
  const discovery::Host host{"mail.host.example", {{"_imaps", 993}, {"_submissions", 465}}, "tls@host.example"};
  const signing::Key key{.domain = "example.org", .selector = "s1", .record = own(kKey)};
  return discovery::records_of("example.org", host, {key});
}

std::vector<Finding> found(testing::ZoneResolver& dns) {
  REQUIRE(dns.problem().empty());
  discovery::Check check(records());
  while (!check.wanted().empty())
    dns.resolve(check.wanted()[0], [&](const dns::Answer& answer) { check.answer(0, answer); });
  return check.verdict();
}

Finding found(View zone, Purpose purpose) {
  testing::ZoneResolver dns(zone);
  for (Finding& finding : found(dns)) {
    if (finding.record.purpose == purpose) return std::move(finding);
  }
  return {};
}

}  // namespace

TEST_CASE("records to publish are zone text") {
  std::string zone;
  for (const discovery::Record& record : records()) zone += record.zone_text() + "\n";
  CHECK(zone ==
        "example.org. IN MX 10 mail.host.example.\n"
        "example.org. IN TXT ( \"v=spf1 mx ~all\" )\n"
        "s1._domainkey.example.org. IN TXT ( \"" +
            own(kKey) +
            "\" )\n"
            "_dmarc.example.org. IN TXT ( \"v=DMARC1; p=quarantine\" )\n"
            "_smtp._tls.example.org. IN TXT ( \"v=TLSRPTv1; rua=mailto:tls@host.example\" )\n"
            "_imaps._tcp.example.org. IN SRV 0 1 993 mail.host.example.\n"
            "_submissions._tcp.example.org. IN SRV 0 1 465 mail.host.example.\n");
}

TEST_CASE("a domain that publishes what it was told is right") {
  std::string zone;
  for (const discovery::Record& record : records()) zone += record.zone_text() + "\n";
  testing::ZoneResolver dns(zone);
  for (const Finding& finding : found(dns)) CHECK(finding.state == State::right);
}

TEST_CASE("what is missing, and what has no answer") {
  testing::ZoneResolver dns("example.org. TXT \"something=else\"\n");
  dns.fail("_dmarc.example.org", dns::Outcome::timed_out);
  for (const Finding& finding : found(dns)) {
    CHECK(finding.state == (finding.record.purpose == Purpose::dmarc ? State::unknown : State::missing));
    CHECK(finding.found.empty());
  }
}

TEST_CASE("our host is the only one that takes mail") {
  CHECK(found("example.org. MX 20 MAIL.host.example.\n", Purpose::mx).state == State::right);
  CHECK(found("example.org. MX 10 old.example.\n", Purpose::mx).found == std::vector<std::string>{"10 old.example."});
  const Finding two = found("example.org. MX 10 mail.host.example.\nexample.org. MX 20 old.example.\n", Purpose::mx);
  CHECK(two.state == State::different);
  CHECK(two.found.size() == 2);
}

// RFC 6186 section 3.
TEST_CASE("a service is where programs look for it, whatever its priority and weight") {
  const auto imaps = [](View data) {
    return found("_imaps._tcp.example.org. SRV " + own(data) + "\n", Purpose::service);
  };
  CHECK(imaps("10 0 993 MAIL.host.example.").state == State::right);
  CHECK(imaps("0 1 143 mail.host.example.").state == State::different);
  CHECK(imaps("0 1 993 old.example.").found == std::vector<std::string>{"0 1 993 old.example."});
  CHECK(imaps("0 0 0 .").state == State::different);  // it says that there is none
}

TEST_CASE("an SPF policy is kept, with mx in front") {
  const auto spf = [](const std::string& text) { return found("example.org. TXT \"" + text + "\"\n", Purpose::spf); };
  CHECK(spf("v=spf1 a +mx:Example.org. -all").state == State::right);
  const Finding other = spf("v=spf1 include:_spf.google.com ~all");
  CHECK(other.state == State::different);
  CHECK(other.record.data == "v=spf1 mx include:_spf.google.com ~all");
  CHECK(spf("v=spf1 mx:other.example -mx -all").state == State::different);
  // The first term that matches decides (RFC 7208 section 4.6.2).
  CHECK(spf("v=spf1 -all mx").record.data == "v=spf1 mx -all mx");
  CHECK(spf("v=spf1 -all mx").state == State::different);
  CHECK(spf("v=spf1 ?mx mx -all").state == State::different);
  CHECK(spf("v=spf1 +all -mx").state == State::right);
  CHECK(spf("v=spf1 moo").record.data == "v=spf1 mx ~all");
  const Finding two = found("example.org. TXT \"v=spf1 mx -all\"\nexample.org. TXT \"v=spf1 -all\"\n", Purpose::spf);
  CHECK(two.state == State::different);
  CHECK(two.found.size() == 2);
}

// RFC 7208 section 4.6.4: ten terms that ask, two that lead to nothing.
TEST_CASE("an SPF policy that others cannot evaluate is in trouble") {
  const std::string host = "example.org. MX 10 mail.host.example.\nmail.host.example. A 198.51.100.1\n";
  const auto spf = [&](const std::string& text) {
    std::string zone = host + "example.org. TXT \"" + text + "\"\n";
    for (int i = 0; i < 11; ++i) zone += "i" + std::to_string(i) + ".example. TXT \"v=spf1 ip4:198.51.100.2 -all\"\n";
    zone += "deep.example. TXT \"v=spf1 include:i0.example include:i1.example -all\"\n";
    return found(zone, Purpose::spf);
  };
  const auto includes = [](int count) {
    std::string terms;
    for (int i = 0; i < count; ++i) terms += "include:i" + std::to_string(i) + ".example ";
    return terms;
  };
  const Finding ten = spf("v=spf1 mx " + includes(9) + "-all");
  CHECK(ten.state == State::right);
  CHECK(ten.trouble.empty());
  const std::string eleven = "v=spf1 mx " + includes(10) + "-all";
  CHECK(spf(eleven).state == State::different);
  CHECK(spf(eleven).trouble == "it takes too many lookups");
  CHECK(spf(eleven).found == std::vector<std::string>{eleven});
  CHECK(spf("v=spf1 mx " + includes(7) + "include:deep.example -all").trouble == "it takes too many lookups");
  // With mx in front there is one more.
  const Finding lacks = spf("v=spf1 " + includes(10) + "-all");
  CHECK(lacks.record.data == "v=spf1 mx " + includes(10) + "-all");
  CHECK(lacks.trouble == "it takes too many lookups");
  CHECK(spf("v=spf1 mx a:n1.example a:n2.example -all").state == State::right);
  CHECK(spf("v=spf1 mx a:n1.example a:n2.example a:n3.example -all").trouble == "too many lookups lead to nothing");
  CHECK(spf("v=spf1 mx include:absent.example -all").trouble == "there is no record");
}

TEST_CASE("policies that the owner has chosen stay") {
  CHECK(found("_dmarc.example.org. TXT \"v=DMARC1; p=none; rua=mailto:a@b.example\"\n", Purpose::dmarc).state ==
        State::right);
  CHECK(found("_smtp._tls.example.org. TXT \"v=TLSRPTv1; rua=https://b.example/\"\n", Purpose::tls_reports).state ==
        State::right);
  CHECK(found("s1._domainkey.example.org. TXT \"v=DKIM1; k=ed25519; "
              "p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n",
              Purpose::dkim)
            .state == State::different);
}
