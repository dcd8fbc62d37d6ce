#include "posthorn/bytes/codec/utf8.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("utf8: RFC 3629 section 7 examples are well formed") {
  CHECK(codec::is_utf8("A\xE2\x89\xA2\xCE\x91."));
  CHECK(codec::is_utf8("\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4"));
  CHECK(codec::is_utf8("\xEF\xBB\xBF\xF0\xA3\x8E\xB4"));
  CHECK(codec::is_utf8(""));
}

TEST_CASE("utf8: long forms, surrogates, what is too large or cut off is refused") {
  for (View bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                   "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xC3", "\xE2\x89", "\xF0\xA3\x8E", "\xFF",
                   "a\xC3"
                   "b"}) {
    CHECK_FALSE(codec::is_utf8(bad));
  }
}

TEST_CASE("utf8: every code point comes back") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    codec::append_code_point(text, c);
    View rest = text;
    if (codec::take_code_point(rest) != c || !rest.empty()) FAIL("code point " << static_cast<unsigned>(c));
  }
}

TEST_CASE("utf8: one bad octet is one replacement") {
  View text = "\xE2\x28x";
  CHECK(codec::take_code_point(text) == 0xFFFD);
  CHECK(text == "(x");
  std::string out;
  codec::append_code_point(out, 0xD800);
  codec::append_code_point(out, 0x110000);
  CHECK(out == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("utf8: ASCII is found at any length") {
  for (std::size_t n = 0; n < 40; ++n) {
    std::string text(n, 'a');
    CHECK(codec::is_ascii(text));
    for (std::size_t i = 0; i < n; ++i) {
      text[i] = '\x80';
      CHECK_FALSE(codec::is_ascii(text));
      text[i] = '\x7F';
    }
  }
}
