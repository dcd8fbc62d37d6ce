#include "posthorn/protocol/iprev/iprev.h"

#include <string>

#include <doctest/doctest.h>

#include "protocol/dnsbl/drive.h"

namespace posthorn::iprev {
namespace {

Verdict check(testing::ZoneResolver& dns, View client = "192.0.2.1", Limits limits = {}) {
  REQUIRE_MESSAGE(dns.problem().empty(), dns.problem());
  Verdict verdict;
  for (const bool from_the_end : {false, true}) {
    Evaluation evaluation(*IpAddress::parse(client), limits);
    verdict = testing::drive(evaluation, dns, from_the_end);
  }
  return verdict;
}

constexpr View kZone = R"(
1.2.0.192.in-addr.arpa. PTR one.example.
1.2.0.192.in-addr.arpa. PTR Two.example.
1.2.0.192.in-addr.arpa. PTR three.example.
one.example. A 198.51.100.1
two.example. A 198.51.100.1
two.example. A 192.0.2.1
three.example. A 192.0.2.1
2.2.0.192.in-addr.arpa. PTR one.example.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR six.example.
six.example. AAAA 2001:db8::1
)";

TEST_CASE("names that lead back, in their order") {
  testing::ZoneResolver dns(kZone);
  CHECK(check(dns) == Verdict{Status::pass, {"two.example", "three.example"}});
  CHECK(check(dns, "2001:db8::1") == Verdict{Status::pass, {"six.example"}});
  CHECK(check(dns, "192.0.2.1", {.names = 2}).names == std::vector<std::string>{"two.example"});
}

TEST_CASE("the words of RFC 8601 section 2.7.3") {
  testing::ZoneResolver dns(kZone);
  CHECK(word_of(check(dns, "192.0.2.1").status) == "pass");
  CHECK(word_of(check(dns, "192.0.2.2").status) == "fail");
  CHECK(word_of(check(dns, "192.0.2.3").status) == "permerror");
  dns.fail("three.example", dns::Outcome::timed_out);
  CHECK(check(dns).status == Status::pass);
  dns.fail("two.example", dns::Outcome::timed_out);
  CHECK(word_of(check(dns).status) == "temperror");
  dns.fail("1.2.0.192.in-addr.arpa", dns::Outcome::unavailable);
  CHECK(word_of(check(dns).status) == "temperror");
}

}  // namespace
}  // namespace posthorn::iprev
