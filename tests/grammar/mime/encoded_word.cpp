#include "posthorn/grammar/mime/encoded_word.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("encoded words: RFC 2047 section 8") {
  CHECK(mime::decode_words("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>") ==
        "Keld J\xC3\xB8rn Simonsen <keld@dkuug.dk>");
  CHECK(mime::decode_words("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n "
                           "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=") ==
        "If you can read this you understand the example.");
  CHECK(mime::decode_words("(=?ISO-8859-1?Q?a?=)") == "(a)");
  CHECK(mime::decode_words("(=?ISO-8859-1?Q?a?= b)") == "(a b)");
  CHECK(mime::decode_words("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)") == "(ab)");
  CHECK(mime::decode_words("(=?ISO-8859-1?Q?a_b?=)") == "(a b)");
  CHECK(mime::decode_words("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)") == "(a b)");
}

TEST_CASE("encoded words: a character cut between two of them") {
  CHECK(mime::decode_words("=?utf-8?q?=C3?= =?utf-8?q?=A4?=") == "\xC3\xA4");
}

TEST_CASE("encoded words: RFC 2231 language, and what is none") {
  CHECK(mime::decode_words("=?US-ASCII*EN?Q?Keith_Moore?=") == "Keith Moore");
  for (View text :
       {"=?", "=?a", "=?a?", "=?a?q", "=?a?q?", "=?a?q?b", "=?a?x?b?=", "=?\?q?b?=", "=?a?qq?b?=", "plain"}) {
    CHECK(mime::decode_words(text) == text);
  }
  CHECK(mime::decode_words("raw \xFF") == "raw \xEF\xBF\xBD");
}
