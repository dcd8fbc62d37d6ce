#include "protocol/spf/macro.h"

#include <string>

#include <doctest/doctest.h>

namespace posthorn::spf {
namespace {

MacroValues example(View client) {
  return {.client = *IpAddress::parse(client),
          .local_part = "strong-bad",
          .sender_domain = "email.example.com",
          .domain = "email.example.com",
          .validated_name = "mx.example.org",
          .helo = "client.example.org",
          .receiver = "mx.receiver.example",
          .now = WallTime(std::chrono::seconds(1'000'000))};
}

std::string v4(View text) { return expand(text, example("192.0.2.3")); }
std::string v6(View text) { return expand(text, example("2001:db8::cb01")); }

TEST_CASE("the examples of RFC 7208 section 7.4") {
  CHECK(v4("%{s}") == "strong-bad@email.example.com");
  CHECK(v4("%{o}") == "email.example.com");
  CHECK(v4("%{d}") == "email.example.com");
  CHECK(v4("%{d4}") == "email.example.com");
  CHECK(v4("%{d3}") == "email.example.com");
  CHECK(v4("%{d2}") == "example.com");
  CHECK(v4("%{d1}") == "com");
  CHECK(v4("%{dr}") == "com.example.email");
  CHECK(v4("%{d2r}") == "example.email");
  CHECK(v4("%{l}") == "strong-bad");
  CHECK(v4("%{l-}") == "strong.bad");
  CHECK(v4("%{lr}") == "strong-bad");
  CHECK(v4("%{lr-}") == "bad.strong");
  CHECK(v4("%{l1r-}") == "strong");
  CHECK(v4("%{ir}.%{v}._spf.%{d2}") == "3.2.0.192.in-addr._spf.example.com");
  CHECK(v4("%{lr-}.lp._spf.%{d2}") == "bad.strong.lp._spf.example.com");
  CHECK(v4("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}") == "bad.strong.lp.3.2.0.192.in-addr._spf.example.com");
  CHECK(v4("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}") == "3.2.0.192.in-addr.strong.lp._spf.example.com");
  CHECK(v4("%{d2}.trusted-domains.example.net") == "example.com.trusted-domains.example.net");
  CHECK(v6("%{ir}.%{v}._spf.%{d2}") ==
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}

TEST_CASE("the other letters, and upper case that escapes") {
  CHECK(v4("%{c} %{r} %{t} %{h} %{p}") == "192.0.2.3 mx.receiver.example 1000000 client.example.org mx.example.org");
  CHECK(v6("%{c}") == "2001:db8::cb01");
  CHECK(v4("%{S}") == "strong-bad%40email.example.com");
  CHECK(v6("%{C}") == "2001%3Adb8%3A%3Acb01");
  CHECK(v4("%%%_%-") == "% %20");
  CHECK(v4("%{d999}") == "email.example.com");
  MacroValues values = example("192.0.2.3");
  values.local_part = "a..b.";
  CHECK(expand("%{l}|%{lr}|%{l1}|%{l2r}", values) == "a..b.|.b..a||.a");
}

TEST_CASE("names that are too long lose labels on the left (RFC 7208 section 7.3)") {
  const std::string label(49, 'a');
  const std::string five = label + "." + label + "." + label + "." + label + "." + label;  // 249 octets
  CHECK(target_name(five + ".org")->size() == 253);
  CHECK(*target_name("x." + five + ".org") == five + ".org");
  CHECK(*target_name("abcde." + five + ".org.") == five + ".org");
  CHECK(*target_name(five + ".orgs") == five.substr(50) + ".orgs");
}

TEST_CASE("names in the text form of the DNS") {
  CHECK(*target_name("Example.ORG.") == "example.org");
  CHECK(*target_name("a_b-c.example") == "a_b-c.example");
  CHECK(*target_name("a b.example") == "a\\032b.example");
  CHECK(*target_name("a\\.example") == "a\\\\.example");
  CHECK(*target_name("a@b.example") == "a\\@b.example");
  CHECK(target_name(std::string(63, 'a') + ".example").has_value());
  CHECK(!target_name(std::string(64, 'a') + ".example"));
  CHECK(!target_name("a..example"));
  CHECK(!target_name(".example"));
  CHECK(!target_name(""));
  CHECK(!target_name("."));
  CHECK(!target_name("a.."));
  CHECK(!target_name("a b.."));
  CHECK(!target_name(std::string(300, 'a')));
}

TEST_CASE("which macros a text has") {
  CHECK(uses_macro("a.%{P}.b", "p"));
  CHECK(uses_macro("%%%{p}", "p"));
  CHECK(!uses_macro("%%{p}", "p"));
  CHECK(!uses_macro("%{d}", "p"));
  CHECK(uses_macro("%{d}%{l}", "sl"));
}

}  // namespace
}  // namespace posthorn::spf
