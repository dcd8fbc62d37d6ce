#include "posthorn/protocol/dmarc/record.h"

#include <doctest/doctest.h>

namespace posthorn::dmarc {
namespace {

using Uris = std::vector<ReportUri>;

// RFC 9989 appendix B.
TEST_CASE("a record and its defaults") {
  const auto record = parse_record("v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com");
  REQUIRE(record);
  CHECK(record->policy == Policy::none);
  CHECK(!record->subdomains);
  CHECK(!record->not_existing);
  CHECK(record->dkim == Alignment::relaxed);
  CHECK(record->spf == Alignment::relaxed);
  CHECK(record->failures.text() == "0");
  CHECK(record->aggregate_to == Uris{{"mailto:dmarc-feedback@example.com"}});
  CHECK(record->public_suffix == PublicSuffix::unknown);
  CHECK(!record->testing);
  CHECK(!record->unusable);
  CHECK(record_name("example.com") == "_dmarc.example.com");
}

TEST_CASE("policies of subdomains (RFC 9989 section 4.7, sp and np)") {
  CHECK(parse_record("v=DMARC1;p=reject")->below(true) == Policy::reject);
  CHECK(parse_record("v=DMARC1;p=reject")->below(false) == Policy::reject);
  CHECK(parse_record("v=DMARC1;p=reject;sp=none")->below(false) == Policy::none);
  CHECK(parse_record("v=DMARC1;p=none;np=reject")->below(true) == Policy::none);
  CHECK(parse_record("v=DMARC1;p=none;np=reject;sp=quarantine")->below(true) == Policy::quarantine);
  CHECK(parse_record("v=DMARC1;p=none;np=reject;sp=quarantine")->below(false) == Policy::reject);
}

TEST_CASE("what is no record") {
  for (const View text : {"", "v=DMARC1x; p=none", "v=dmarc1; p=none", "p=none; v=DMARC1", ";v=DMARC1; p=none",
                          "v=spf1 -all", "DMARC1", "v=", "x; v=DMARC1; p=none", "=; v=DMARC1"}) {
    CAPTURE(text);
    CHECK(!parse_record(text));
  }
  CHECK(parse_record("v = DMARC1 ; p = none"));
  CHECK(parse_record("v=DMARC1"));
}

TEST_CASE("policies that are missing or wrong (RFC 9989 section 4.10.1)") {
  for (const View text : {"v=DMARC1", "v=DMARC1; p=bob", "v=DMARC1; p=reject; sp=bob", "v=DMARC1; p=reject; np=",
                          "v=DMARC1; p=reject; np=all", "v=DMARC1; rua=dmarc@example.org", "v=DMARC1; sp=none"}) {
    CAPTURE(text);
    const auto record = parse_record(text);
    REQUIRE(record);
    CHECK(record->unusable == (text != "v=DMARC1; p=reject; np="));  // a tag without a value is no tag
    const auto told = parse_record(own(text) + "; rua=mailto:a@example.org");
    if (text.find("rua") != View::npos) continue;
    CHECK(!told->unusable);
    CHECK((told->policy == Policy::none) == record->unusable);
    CHECK(!told->subdomains);
  }
}

TEST_CASE("other tags with values that mean nothing count as their default") {
  const auto record = parse_record("v=DMARC1; p=reject; adkim=x; aspf=; psd=z; t=yes; fo=0:1; pct=3; ri=bob; x_y=1");
  CHECK(record == parse_record("v=DMARC1; p=reject"));
}

TEST_CASE("failure options") {
  CHECK(parse_record("v=DMARC1; p=none; fo=1:d:s")->failures == FailureOptions{false, true, true, true});
  CHECK(parse_record("v=DMARC1; p=none; fo=d")->failures == FailureOptions{false, false, true, false});
  for (const View wrong : {"d:d", "2", "1:x", "0::s", "0:1"}) {
    CHECK(parse_record("v=DMARC1; p=none; fo=" + own(wrong))->failures.text() == "0");
  }
}

TEST_CASE("addresses of reports") {
  const auto uris = [](View list) { return parse_record("v=DMARC1; p=none; rua=" + own(list))->aggregate_to; };
  CHECK(uris("mailto:a@x.example!50m,https://x.example/r") ==
        Uris{{"mailto:a@x.example", 50U << 20U}, {"https://x.example/r"}});
  CHECK(uris("mailto:a@x.example!7, mailto:b@x.example!1T") ==
        Uris{{"mailto:a@x.example", 7}, {"mailto:b@x.example", 1ULL << 40U}});
  CHECK(uris("a@x.example, mailto:, :x, 1a:b, mailto:a b@x.example, mailto:a@b!m, mailto:a@b!1x, ,").empty());
  CHECK(uris("mailto:a@b!18446744073709551615t") == Uris{{"mailto:a@b", 0}});
  std::string many = "mailto:a@x.example";
  for (std::size_t i = 0; i < 3 * kMaxReportUris; ++i) many += ",mailto:a@x.example";
  CHECK(uris(many).size() == kMaxReportUris);
}

TEST_CASE("the longest TXT record there can be is read") {
  const std::string filler(60'000, 'x');
  CHECK(parse_record("v=DMARC1; x=" + filler + "; p=reject")->policy == Policy::reject);
  std::string many = "v=DMARC1";
  for (int i = 0; i < 10'000; ++i) many += ";a=b";
  CHECK(parse_record(many + ";p=reject")->policy == Policy::reject);
}

}  // namespace
}  // namespace posthorn::dmarc
