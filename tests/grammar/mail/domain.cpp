#include "posthorn/grammar/mail/domain.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using mail::ascii_domain;

TEST_CASE("domains get one spelling") {
  CHECK(*ascii_domain("Example.ORG") == "example.org");
  CHECK(*ascii_domain("localhost") == "localhost");
  CHECK(*ascii_domain("B\xC3\xBC"
                      "cher.example") == "xn--bcher-kva.example");  // RFC 3492: the usual example
  CHECK(*ascii_domain("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
  CHECK(*ascii_domain("bu\xCC\x88"
                      "cher.example") == "xn--bcher-kva.example");     // composed first
  CHECK(*ascii_domain("fa\xC3\x9F.example") == "xn--fa-hia.example");  // IDNA 2008 keeps the sharp s
}

TEST_CASE("what is no domain is refused") {
  using namespace std::string_literals;
  for (const std::string& name :
       {""s, "."s, ".a"s, "a."s, "a..b"s, "-a"s, "a-"s, "a b"s, "a@b"s, "[::1]"s, "\xFF.example"s, "xn--a"s, "a\0b"s,
        "\xC3\xBC\0"s, std::string(64, 'a'), std::string(256, 'a')}) {
    CAPTURE(name);
    REQUIRE(!ascii_domain(name));
    CHECK(ascii_domain(name).error().code == Code::syntax);
  }
  CHECK(ascii_domain(std::string(63, 'a')));
}

TEST_CASE("U-labels where a name has them") {
  CHECK(*mail::unicode_domain("XN--BCHER-KVA.example") ==
        "b\xC3\xBC"
        "cher.example");
  CHECK(*mail::unicode_domain("b\xC2\xAD"
                              "c.test") == "bc.test");  // UTS 46 takes the soft hyphen out
  CHECK(*mail::unicode_domain("Example.ORG") == "example.org");
  CHECK(mail::unicode_domain("a b").error().code == Code::syntax);
}

TEST_CASE("the domain of an address is what stands behind its last @") {
  CHECK(mail::domain_of("a@example.org") == "example.org");
  CHECK(mail::domain_of("\"a@b\"@example.org") == "example.org");
  CHECK(mail::domain_of("a@") == "");
  CHECK(mail::domain_of("example.org") == "example.org");
  CHECK(mail::routing_domain("EXAMPLE.Org") == "example.org");
  CHECK(mail::routing_domain("[192.0.2.1]") == "[192.0.2.1]");
}
