#include "service/directory/names.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::directory;

TEST_CASE("domains get one spelling") {
  CHECK(*normal_domain("Example.ORG") == "example.org");
  CHECK(*normal_domain("localhost") == "localhost");
  CHECK(*normal_domain("B\xC3\xBC"
                       "cher.example") == "xn--bcher-kva.example");  // RFC 3492: the usual example
  CHECK(*normal_domain("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
  CHECK(*normal_domain("bu\xCC\x88"
                       "cher.example") == "xn--bcher-kva.example");     // composed first
  CHECK(*normal_domain("fa\xC3\x9F.example") == "xn--fa-hia.example");  // IDNA 2008 keeps the sharp s
}

TEST_CASE("what is no domain is refused") {
  using namespace std::string_literals;
  for (const std::string& name :
       {""s, "."s, ".a"s, "a."s, "a..b"s, "-a"s, "a-"s, "a b"s, "a@b"s, "[::1]"s, "\xFF.example"s, "xn--a"s, "a\0b"s,
        "\xC3\xBC\0"s, std::string(64, 'a'), std::string(256, 'a')}) {
    CAPTURE(name);
    REQUIRE(!normal_domain(name));
    CHECK(normal_domain(name).error().code == Code::syntax);
  }
  CHECK(normal_domain(std::string(63, 'a')));
}

TEST_CASE("addresses get one spelling") {
  CHECK(*normal_address("Ann.Smith@Example.ORG") == mail::Mailbox{"ann.smith", "example.org"});
  CHECK(*normal_address("\"ann\"@example.org") == mail::Mailbox{"ann", "example.org"});
  CHECK(normal_address("ann@[127.0.0.1]").error().code == Code::unsupported);
  CHECK(normal_address("ann").error().code == Code::syntax);
  CHECK(normal_address("<ann@example.org>").error().code == Code::syntax);
}
