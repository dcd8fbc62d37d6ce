#include "posthorn/bytes/codec/charset.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("charsets: our own tables and the machine's") {
  CHECK(codec::to_utf8("iso-8859-1", "\xE4\x80") == "\xC3\xA4\xC2\x80");
  CHECK(codec::to_utf8("windows-1252", "\x80\x93\x81") == "\xE2\x82\xAC\xE2\x80\x9C\xEF\xBF\xBD");
  CHECK(codec::to_utf8("us-ascii", "a\xC3\xA4") == "a\xC3\xA4");
  CHECK(codec::to_utf8("KOI8-R", "\xC1") == "\xD0\xB0");
  CHECK(codec::to_utf8("iso-2022-jp", "\x1B$B%F\x1B(B") == "\xE3\x83\x86");
  CHECK(codec::to_utf8("no-such-charset", "a\xFF") == "a\xEF\xBF\xBD");
  CHECK(codec::to_utf8("euc-jp",
                      "a\xFF"
                      "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(codec::knows_charset("UTF-8"));
  CHECK(codec::knows_charset("shift_jis"));
  CHECK_FALSE(codec::knows_charset("no-such-charset"));
  CHECK_FALSE(codec::knows_charset("UTF-8//IGNORE"));
}
