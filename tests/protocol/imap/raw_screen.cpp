#include "protocol/imap/raw_screen.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/fold.h"
#include "posthorn/bytes/codec/utf8.h"

#include "protocol/imap/found_texts.h"

using namespace posthorn;
using namespace posthorn::imap::search;

TEST_CASE("a word is found at every place, in any case") {
  for (const View word : {"x", "ab", "needle", "a-word-that-is-longer-than-sixteen-octets"}) {
    const WordFinder finder(word);
    std::string shouted(word);
    for (char& c : shouted) c = to_upper(c);
    for (std::size_t before = 0; before < 40; ++before) {
      for (const std::size_t after : {0U, 1U, 15U, 16U, 33U}) {
        const std::string text = std::string(before, '.') + shouted + std::string(after, '.');
        CHECK(finder.find(text) == before);
        CHECK(finder.find(text, before + 1) == View::npos);
        CHECK(finder.find(View(text).substr(0, before + word.size() - 1)) == View::npos);
      }
    }
    CHECK(finder.find("") == View::npos);
  }
}

TEST_CASE("what is decoded, and what is spelled in an odd way, is not transparent") {
  for (const View plain :
       {"", "Subject: a\r\n\r\nb = c? d\r\n", "Content-Transfer-Encoding: 8bit\r\n\r\n",
        "Content-Type: text/plain; charset=\"iso-8859-1\"\r\nContent-Transfer-Encoding:\t7BIT\r\n\r\n",
        "Content-Type: text/plain; charset=UTF-8\r\n\r\n<meta charset=utf-8>"}) {
    CHECK_MESSAGE(is_transparent(plain), plain);
  }
  for (const View not_plain :
       {"Subject: =?utf-8?q?a?=\r\n\r\n", "Content-Transfer-Encoding: base64\r\n\r\n", "Subject: a\rb\r\n\r\n",
        "Content-Transfer-Encoding: (what) 7bit\r\n\r\n", "Content-Transfer-Encoding:\r\n quoted-printable\r\n\r\n",
        "Content-Type: text/plain; charset=utf-16\r\n\r\n", "Content-Type: text/plain; charset*=utf-8''utf-7\r\n\r\n",
        "Content-Type: text/plain; charset*0=utf;\r\n charset*1=-7\r\n\r\n", "\r"}) {
    CHECK_MESSAGE(!is_transparent(not_plain), not_plain);
  }
}

TEST_CASE("no character outside of ASCII becomes one of it by folding: the octets of a word are all there is of it") {
  for (char32_t c = 0x80; c < 0x30000; ++c) {
    std::string text;
    codec::append_code_point(text, c);
    const std::string folded = codec::fold_case(text);
    CHECK_MESSAGE(!codec::is_ascii(folded), c);
  }
}

TEST_CASE("a transparent message whose octets lack a text does not hold it") {
  const View message =
      "Subject: folded\r\n  line: with\r\n\ttabs\r\nX-Odd:no blank\r\nContent-Type: multipart/mixed; "
      "boundary=b\r\n\r\n--b\r\n"
      "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nCaf\xE9 "
      "noir\r\n--b\r\nX-Inner:value\r\n\r\nbody\r\n--b--\r\n";
  REQUIRE(is_transparent(message));
  for (const std::string& text : testing::found_texts(message)) {
    for (std::size_t from = 0; from < text.size(); ++from) {
      for (std::size_t size = 1; size <= 12 && from + size <= text.size(); ++size) {
        const std::string needle = codec::fold_case(View(text).substr(from, size));
        CHECK_MESSAGE(RawScreen(needle).may_hold(message), needle);
      }
    }
  }
  CHECK_FALSE(RawScreen("absent word").may_hold(message));
  CHECK(RawScreen("\xC3\xA9").may_hold(message));
  CHECK(RawScreen(": ").may_hold(message));
}
