#include "posthorn/protocol/dnsbl/check.h"

#include <doctest/doctest.h>

#include "protocol/dnsbl/drive.h"

namespace posthorn::dnsbl {
namespace {

constexpr View kZone = R"(
2.1.0.192.zen.test.  A 127.0.0.2
2.1.0.192.zen.test.  A 127.0.0.4
2.1.0.192.zen.test.  TXT "listed: see https://zen.test/q?192.0.1.2"
2.1.0.192.other.test. A 127.0.0.9
2.1.0.192.good.test. A 127.0.5.3
9.1.0.192.zen.test.  A 127.255.255.254
9.1.0.192.other.test. A 127.0.0.2
9.1.0.192.other.test. A 203.0.113.7
b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.zen.test. A 127.0.0.3
)";

Verdict check(testing::ZoneResolver& dns, View client, View text) {
  REQUIRE(dns.problem().empty());
  const auto lists = parse_lists(text);
  REQUIRE_MESSAGE(lists, lists.error().note);
  Check evaluation(*IpAddress::parse(client), *lists);
  return testing::drive(evaluation, dns);
}

TEST_CASE("weights of all matches are added") {
  testing::ZoneResolver dns(kZone);
  const Verdict verdict = check(dns, "192.0.1.2",
                                "zen.test=127.0.0.[2..3]*3 zen.test=127.0.0.[4..7]*2 zen.test=127.0.0.10*9 "
                                "other.test=127.0.0.2*4 good.test=127.0.[0..255].3*-1 none.test*8");
  CHECK(verdict.score == 4);
  CHECK(verdict.failed.empty());
  REQUIRE(verdict.matches.size() == 2);
  CHECK(verdict.matches[0].zone == "zen.test");
  CHECK(verdict.matches[0].weight == 5);
  CHECK(verdict.matches[0].codes == std::vector{*IpAddress::parse("127.0.0.2"), *IpAddress::parse("127.0.0.4")});
  CHECK(verdict.matches[0].reason == "listed: see https://zen.test/q?192.0.1.2");
  CHECK(verdict.matches[1].weight == -1);
  CHECK(verdict.matches[1].reason.empty());
}

TEST_CASE("reasons are asked for matches only") {
  testing::ZoneResolver dns(kZone);
  (void)check(dns, "192.0.1.2", "zen.test other.test=127.0.0.2 none.test");
  CHECK(dns.asked("2.1.0.192.zen.test", dns::Type::txt) == 1);
  CHECK(dns.asked("2.1.0.192.other.test", dns::Type::txt) == 0);
  CHECK(dns.asked("2.1.0.192.none.test", dns::Type::txt) == 0);
  CHECK(dns.asked() == 4);
}

// RFC 5782 section 2.4; the address of its example.
TEST_CASE("IPv6 addresses are asked by nibbles") {
  testing::ZoneResolver dns(kZone);
  CHECK(check(dns, "2001:db8:1:2:3:4:567:89ab", "zen.test*2").score == 2);
}

TEST_CASE("codes of refusal and addresses of others are no listings") {
  testing::ZoneResolver dns(kZone);
  const Verdict verdict = check(dns, "192.0.1.9", "zen.test*3 other.test*3");
  CHECK(verdict.score == 0);
  CHECK(verdict.matches.empty());
  CHECK(verdict.failed ==
        std::vector<FailedList>{{"zen.test", Failure::refused, *IpAddress::parse("127.255.255.254")},
                                {"other.test", Failure::not_a_list, *IpAddress::parse("203.0.113.7")}});
  for (const View code : {"127.255.255.252", "127.255.255.255"}) {
    dns::Answer answer{.outcome = dns::Outcome::found, .records = {*IpAddress::parse(code)}};
    CHECK(codes_of(answer).failure->failure == Failure::refused);
  }
}

TEST_CASE("lists that do not answer count nothing") {
  testing::ZoneResolver dns(kZone);
  dns.fail("2.1.0.192.zen.test", dns::Outcome::timed_out, dns::Type::a);
  dns.fail("2.1.0.192.other.test", dns::Outcome::unavailable);
  dns.fail("2.1.0.192.good.test", dns::Outcome::timed_out, dns::Type::txt);
  const Verdict verdict = check(dns, "192.0.1.2", "zen.test*3 other.test*3 good.test*-2");
  CHECK(verdict.score == -2);
  CHECK(verdict.failed.size() == 2);
  CHECK(verdict.failed[0].failure == Failure::unavailable);
  CHECK(verdict.matches.at(0).reason.empty());
}

TEST_CASE("what a list writes is one short line") {
  testing::ZoneResolver dns("2.1.0.192.zen.test. A 127.0.0.2\n2.1.0.192.zen.test. TXT \"a\\013\\010250 ok\\233\" " +
                            std::string(Limits::kReasonOctets, 'x'));
  const Verdict verdict = check(dns, "192.0.1.2", "zen.test");
  CHECK(verdict.matches.at(0).reason == "a  250 ok " + std::string(Limits::kReasonOctets - 10, 'x'));
  dns::Answer many{.outcome = dns::Outcome::found};
  for (std::size_t i = 0; i <= Limits::kCodes; ++i) many.records.push_back(*IpAddress::parse("127.0.0.2"));
  CHECK(codes_of(many).codes.size() == Limits::kCodes);
}

TEST_CASE("answers may come in any order") {
  testing::ZoneResolver dns(kZone);
  const auto lists = parse_lists("zen.test*3 other.test*4 good.test*-1");
  for (const bool from_the_end : {false, true}) {
    Check evaluation(*IpAddress::parse("192.0.1.2"), *lists);
    CHECK(testing::drive(evaluation, dns, from_the_end).score == 6);
    evaluation.answer(0, {});  // nothing is wanted any more
    CHECK(evaluation.verdict().failed.empty());
  }
  CHECK(check(dns, "192.0.1.2", "").score == 0);
}

}  // namespace
}  // namespace posthorn::dnsbl
