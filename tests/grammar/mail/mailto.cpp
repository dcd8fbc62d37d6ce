#include "posthorn/grammar/mail/mailto.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

// RFC 6068 sections 2 and 6.
TEST_CASE("the address of a URI") {
  CHECK(mail::parse_mailto("mailto:chris@example.com")->text() == "chris@example.com");
  CHECK(mail::parse_mailto("MAILTO:gorby%25kremvax@example.com")->local_part == "gorby%kremvax");
  CHECK(mail::parse_mailto("mailto:infobot@example.com?subject=current-issue")->text() == "infobot@example.com");
  CHECK(mail::parse_mailto("mailto:%22not%40me%22@example.org")->local_part == "not@me");
}

TEST_CASE("what gives no address") {
  for (const View uri :
       {"", "mailto:", "mailto:?to=joe@example.com", "https://example.com/", "mailto:a@b.example,c@d.example",
        "mailto:a%2@b.example", "mailto:a%0D%0A@b.example", "mailto:a b@c.example", "mailto:%C3%A9@b.example"}) {
    CAPTURE(uri);
    CHECK(!mail::parse_mailto(uri));
  }
}

}  // namespace
}  // namespace posthorn
