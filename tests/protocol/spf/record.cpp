#include "posthorn/protocol/spf/record.h"

#include <string>

#include <doctest/doctest.h>

namespace posthorn::spf {
namespace {

bool is_good(View terms) { return parse_record("v=spf1 " + own(terms)).has_value(); }

TEST_CASE("the version ends with a space or the record (RFC 7208 section 4.5)") {
  CHECK(is_record("v=spf1"));
  CHECK(is_record("V=SPF1 -all"));
  CHECK(!is_record("v=spf10 -all"));
  CHECK(!is_record("v=spf1\t-all"));
  CHECK(!is_record(" v=spf1"));
  CHECK(!parse_record("v=spf10"));
}

TEST_CASE("mechanisms with their qualifiers, domains and networks") {
  const std::string text =
      "v=spf1 +A MX:mail.example/24//64 -ip4:192.0.2.129/25 ~ip6:2001:db8::/32 ?include:other.example "
      "exists:%{i}.list.example ptr exp=why.example unknown=%{l} redirect=next.example all";
  const auto record = parse_record(text);
  REQUIRE(record);
  REQUIRE(record->directives.size() == 8);
  const auto& terms = record->directives;
  CHECK(terms[0].kind == Kind::a);
  CHECK(terms[0].domain.empty());
  CHECK(terms[1].kind == Kind::mx);
  CHECK(terms[1].domain == "mail.example");
  CHECK(terms[1].bits4 == 24);
  CHECK(terms[1].bits6 == 64);
  CHECK(terms[1].text == "MX:mail.example/24//64");
  CHECK(terms[2].status == Status::fail);
  CHECK(terms[2].network == *IpNetwork::parse("192.0.2.128/25"));
  CHECK(terms[3].status == Status::softfail);
  CHECK(terms[3].network == *IpNetwork::parse("2001:db8::/32"));
  CHECK(terms[4].status == Status::neutral);
  CHECK(terms[4].domain == "other.example");
  CHECK(terms[5].domain == "%{i}.list.example");
  CHECK(terms[6].kind == Kind::ptr);
  CHECK(terms[7].kind == Kind::all);
  CHECK(record->exp == "why.example");
  CHECK(record->redirect == "next.example");
}

TEST_CASE("what the grammar does not allow") {
  for (const char* bad : {"moo",
                          "all:a.example",
                          "all/8",
                          "include",
                          "include:",
                          "include:a.example/24",
                          "exists",
                          "a:",
                          "a:museum",
                          "a:museum.",
                          "a:a.example/33",
                          "a:a.example//129",
                          "a/24/64",
                          "a/032",
                          "a:example.-com",
                          "a:1.2.3.4",
                          "ip4",
                          "ip4:1.2.3",
                          "ip4:01.2.3.4",
                          "ip4:1.2.3.4/33",
                          "ip4:1.2.3.4/",
                          "ip4:1.2.3.4//32",
                          "ip4:2001:db8::1",
                          "ip6:1.2.3.4",
                          "ip6:2001:db8::1/129",
                          "ptr/0",
                          "ptr:",
                          "=all",
                          "1up=a",
                          "+redirect=a.example",
                          "redirect=",
                          "redirect:a.example",
                          "exp=",
                          "exp=a.example exp=b.example",
                          "redirect=a.example redirect=b.example",
                          "a:%{x}.example",
                          "a:%{d",
                          "a:%{c}.example",
                          "a:%{r}.example",
                          "a:%{t}.example",
                          "a:%{d0}.example",
                          "a:%{d;}.example",
                          "a:%.example",
                          "x=%abc",
                          "all\tptr",
                          "a:\x80.example",
                          "--all",
                          "all -",
                          "-"}) {
    CAPTURE(std::string(bad));
    CHECK(!is_good(bad));
  }
}

TEST_CASE("what it allows") {
  for (const char* good :
       {"", "   all   ", "a:%{d}", "a:%{D2r.-+,/_=}", "a:%%%_%-.example", "a:foo:bar/baz.example", "a//64", "a/0",
        "mx:a.example/0//0", "exists:%{ir}.%{v}._spf.%{d2}", "x.y-z_1=", "x=a/b:c", "a:.example", "a:%{d/}",
        "a:a.xn--zckzah", "ip6:::1.1.1.1/0", "ptr:a.example.", "a:%{h}.b-c"}) {
    CAPTURE(std::string(good));
    CHECK(is_good(good));
  }
}

TEST_CASE("ip6 with an IPv4 address in it is for no client (RFC 7208 section 5)") {
  const auto record = parse_record("v=spf1 ip6:::ffff:192.0.2.1 ip6:::ffff:192.0.2.1/96 ip6:::ffff:192.0.2.1/80");
  REQUIRE(record);
  CHECK(record->directives[0].matches_nothing);
  CHECK(record->directives[1].matches_nothing);
  CHECK(!record->directives[2].matches_nothing);
  CHECK(record->directives[2].network.contains(*IpAddress::parse("::1")));
  CHECK(!record->directives[2].network.contains(*IpAddress::parse("2001:db8::1")));
}

TEST_CASE("a record has a longest length") {
  const std::string most = "v=spf1 " + std::string(100 - 7, ' ');
  CHECK(parse_record(most, {.record_octets = 100}));
  CHECK(parse_record(most + " ", {.record_octets = 100}).error().code == Code::too_long);
}

TEST_CASE("a note shows no octets that could write into a log") {
  const auto record = parse_record("v=spf1 a\r\nb\x1b" + std::string(500, 'x'));
  REQUIRE(!record);
  CHECK(record.error().note.size() < 100);
  CHECK(record.error().note.find_first_of("\r\n\x1b") == std::string::npos);
}

}  // namespace
}  // namespace posthorn::spf
