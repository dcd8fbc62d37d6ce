#include "posthorn/bytes/codec/utf7.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

TEST_CASE("utf7: RFC 3501 section 5.1.3 example") {
  const View name = "~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E";
  CHECK(codec::utf7_encode(name) == "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
  CHECK(codec::utf7_decode("~peter/mail/&U,BTFw-/&ZeVnLIqe-") == name);
}

TEST_CASE("utf7: ampersand, Latin and beyond the basic plane") {
  CHECK(codec::utf7_encode("A&B") == "A&-B");
  CHECK(codec::utf7_decode("A&-B") == "A&B");
  CHECK(codec::utf7_encode("Entw\xC3\xBCrfe") == "Entw&APw-rfe");
  CHECK(codec::utf7_encode("\xF0\x9F\x98\x80") == "&2D3eAA-");
  CHECK(codec::utf7_decode("&2D3eAA-") == "\xF0\x9F\x98\x80");
}

TEST_CASE("utf7: RFC 3501 section 5.1.3: superfluous shifts are no names") {
  for (View bad : {"&U,BTFw-&ZeVnLIqe-", "&Jjo!", "&Jjo", "&", "a&b", "&AGE-", "&AAA", "&2D0-", "&3gA-", "&APw/-",
                   "&APx-", "\xC3\xBC", "a\r", "&AP=-", "&A-"}) {
    CAPTURE(bad);
    CHECK_FALSE(codec::utf7_decode(bad));
  }
}

TEST_CASE("utf7: every code point comes back") {
  for (char32_t c = 1; c <= 0x10FFFF; c += 7) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string name = "x";
    codec::append_code_point(name, c);
    name += "\xC3\xA4&y";
    if (codec::utf7_decode(codec::utf7_encode(name)) != name) FAIL("code point " << static_cast<unsigned>(c));
  }
}
