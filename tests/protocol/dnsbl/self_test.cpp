#include "posthorn/protocol/dnsbl/self_test.h"

#include <doctest/doctest.h>

#include "protocol/dnsbl/drive.h"

namespace posthorn::dnsbl {
namespace {

// RFC 5782 section 5.
constexpr View kZone = R"(
2.0.0.127.works.test. A 127.0.0.2
2.0.0.127.all.test. A 127.0.0.2
1.0.0.127.all.test. A 127.0.0.2
*.parked.test. A 203.0.113.7
*.refuses.test. A 127.255.255.255
2.0.0.127.down.test. A 127.0.0.2
2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.works.test. A 127.0.0.2
)";

TEST_CASE("the test points tell whether lists work") {
  testing::ZoneResolver dns(kZone);
  REQUIRE(dns.problem().empty());
  dns.fail("1.0.0.127.down.test", dns::Outcome::timed_out);
  const auto lists = parse_lists("works.test all.test parked.test refuses.test down.test empty.test");
  REQUIRE(lists);
  for (const bool from_the_end : {false, true}) {
    SelfTest test(*lists);
    CHECK(test.wanted().size() == 12);
    const auto health = testing::drive(test, dns, from_the_end);
    REQUIRE(health.size() == 6);
    CHECK(health[0].zone == "works.test");
    CHECK(health[0].health == Health::works);
    CHECK(health[1].health == Health::lists_all);
    CHECK(health[2].health == Health::failed);
    CHECK(health[2].failure == FailedList{"parked.test", Failure::not_a_list, *IpAddress::parse("203.0.113.7")});
    CHECK(health[3].failure.failure == Failure::refused);
    CHECK(health[4].health == Health::unknown);
    CHECK(health[5].health == Health::lists_nothing);
  }
}

TEST_CASE("IPv6 lists have test points of their own") {
  testing::ZoneResolver dns(kZone);
  const auto lists = parse_lists("works.test all.test");
  SelfTest test(*lists, SelfTest::Family::ipv6);
  const auto health = testing::drive(test, dns);
  CHECK(health[0].health == Health::works);
  CHECK(health[1].health == Health::lists_nothing);
}

}  // namespace
}  // namespace posthorn::dnsbl
