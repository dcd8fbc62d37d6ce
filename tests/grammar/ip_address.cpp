#include "posthorn/grammar/ip_address.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

std::string canonical(View text) {
  const auto address = IpAddress::parse(text);
  return address ? address->text() : "none";
}

// RFC 4291 section 2.2, RFC 5952 sections 2 and 4.
TEST_CASE("an address has one text form") {
  CHECK(canonical("192.0.2.1") == "192.0.2.1");
  CHECK(canonical("2001:DB8:0:0:8:800:200C:417A") == "2001:db8::8:800:200c:417a");
  CHECK(canonical("FF01:0:0:0:0:0:0:101") == "ff01::101");
  CHECK(canonical("0:0:0:0:0:0:0:1") == "::1");
  CHECK(canonical("::") == "::");
  CHECK(canonical("1::") == "1::");
  CHECK(canonical("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");
  CHECK(canonical("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");
  CHECK(canonical("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");
  CHECK(canonical("::13.1.68.3") == "::d01:4403");
  CHECK(canonical("64:ff9b::192.0.2.33") == "64:ff9b::c000:221");
  for (const View wrong :
       {"", "192.0.2", "192.0.2.256", "1:2:3:4:5:6:7", "1::2::3", "2001:db8::1%eth0", "[::1]", "12345::"}) {
    CHECK(canonical(wrong) == "none");
  }
}

TEST_CASE("a mapped IPv4 address is the IPv4 address") {
  CHECK(canonical("::ffff:192.0.2.128") == "192.0.2.128");
  CHECK(IpAddress::parse("::ffff:c000:280") == IpAddress::parse("192.0.2.128"));
}

TEST_CASE("octets make an address") {
  CHECK(IpAddress::from_octets(View("\x7f\0\0\2", 4))->text() == "127.0.0.2");
  CHECK(IpAddress::from_octets(View("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16))->text() == "2001:db8::1");
  CHECK_FALSE(IpAddress::from_octets("12345"));
}

TEST_CASE("literals of SMTP") {
  CHECK(IpAddress::parse("192.0.2.1")->literal() == "[192.0.2.1]");
  CHECK(IpAddress::parse("2001:db8::1")->literal() == "[IPv6:2001:db8::1]");
}

// RFC 5782 sections 2.1 and 2.4, RFC 3596 section 2.5.
TEST_CASE("names for reverse lookups") {
  CHECK(IpAddress::parse("192.0.2.99")->reversed("bad.example.com") == "99.2.0.192.bad.example.com");
  CHECK(IpAddress::parse("2001:db8:1:2:3:4:567:89ab")->reversed("ugly.example.com") ==
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com");
  CHECK(IpAddress::parse("192.0.2.99")->reverse_name() == "99.2.0.192.in-addr.arpa");
  CHECK(IpAddress::parse("4321:0:1:2:3:4:567:89ab")->reverse_name() ==
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
}

TEST_CASE("networks") {
  const auto v4 = IpNetwork::parse("192.0.2.77/28");
  REQUIRE(v4);
  CHECK(v4->text() == "192.0.2.64/28");
  CHECK(v4->contains(*IpAddress::parse("192.0.2.79")));
  CHECK_FALSE(v4->contains(*IpAddress::parse("192.0.2.80")));
  CHECK_FALSE(v4->contains(*IpAddress::parse("::1")));
  CHECK(IpNetwork::parse("::1")->bits == 128);
  CHECK(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("203.0.113.9")));
  CHECK(IpNetwork::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
  CHECK_FALSE(IpNetwork::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
  for (const View wrong : {"192.0.2.0/33", "192.0.2.0/", "::/129", "example.org/8", "192.0.2.0/-1"}) {
    CHECK_FALSE(IpNetwork::parse(wrong));
  }
}

TEST_CASE("loopback") {
  CHECK(IpAddress::parse("127.255.0.1")->is_loopback());
  CHECK(IpAddress::parse("::1")->is_loopback());
  CHECK_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
  CHECK_FALSE(IpAddress::parse("::2")->is_loopback());
}

}  // namespace
}  // namespace posthorn
