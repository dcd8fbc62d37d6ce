#include "protocol/imap/search_key.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;
using search::Ask;

namespace {
Result<search::Program> read(View text) {
  Cursor c(text);
  search::Program program;
  search::program(c, program);
  c.end();
  return c.finish(std::move(program));
}
}  // namespace

TEST_CASE("every example of RFC 9051 section 6.4.4 and its kin is read") {
  for (const View text : {" FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", " TEXT \"string not in mailbox\"",
                          " CHARSET UTF-8 TEXT \"XXXXXX\"", " 1:3,7 UID 5:*", " OR (SEEN DRAFT) (UNSEEN OR TO a CC b)",
                          " HEADER X-Spam \"\"", " KEYWORD $Junk UNKEYWORD x", " LARGER 10 SMALLER 20",
                          " ON \"1-Jan-2026\" SENTBEFORE 2-Jan-2026", " subject {3}\r\na\"b"}) {
    CHECK_MESSAGE(read(text), text);
  }
}

TEST_CASE("what is no search program is refused with a place") {
  for (const View text : {"", " ", " ()", " SEEN ", " FROM", " NOT", " OR SEEN", " (SEEN", " SEEN)", " UNKNOWN",
                          " LARGER x", " SINCE 99-Foo-2026", " CHARSET UTF-8", " 0", " 1:"}) {
    CHECK_MESSAGE(!read(text), text);
  }
}

TEST_CASE("words become asks") {
  const auto program = read(" UNSEEN NOT (BCC X) OLD NEW");
  REQUIRE(program);
  const auto& keys = program->root.keys;
  REQUIRE(keys.size() == 4);
  CHECK(keys[0].ask == Ask::flag);
  CHECK(keys[0].negated);
  CHECK(keys[1].negated);
  CHECK(keys[1].keys.at(0).keys.at(0).name == "Bcc");
  CHECK(keys[1].keys.at(0).keys.at(0).text == "x");
  CHECK(keys[2].ask == Ask::everything);
  CHECK(keys[3].ask == Ask::nothing);
}

TEST_CASE("strings are read in the character set that is named; an unknown one is told apart from bad syntax") {
  const auto text = [](View keys) { return read(keys)->root.keys.at(0); };
  CHECK(text(" CHARSET iso-8859-1 TEXT {2}\r\n\xC4x").text == "\xC3\xA4x");
  CHECK(text(" CHARSET KOI8-R SUBJECT {1}\r\n\xC1").exact == "\xD0\xB0");
  CHECK(text(" TEXT {2}\r\n\xC3\x84").exact == "\xC3\x84");
  CHECK(text(" CHARSET UTF-8 TEXT {2}\r\n\xC3\x84").text == "\xC3\xA4");
  const auto program = read(" CHARSET X-NONE TEXT x");
  REQUIRE(program);
  CHECK(!program->charset_ok);
  CHECK(program->charset_named);
}

TEST_CASE("keys of extensions") {
  // RFC 7162 section 3.1.5, RFC 5032, RFC 8514, RFC 8474 section 4.3, RFC 9051 section 6.4.4.1
  for (const View text :
       {" MODSEQ 620162338", " MODSEQ \"/flags/\\\\draft\" all 620162338", " OR NOT MODSEQ 720162338 LARGER 50000",
        " MODSEQ \"/flags/$Important\" shared 0", " UNSEEN YOUNGER 259200", " OLDER 1", " SAVEDSINCE 28-Dec-2014",
        " SAVEDON 1-Jan-2015 SAVEDBEFORE 2-Jan-2015 SAVEDATESUPPORTED", " EMAILID M6d99ac3275bb4e",
        " THREADID T64b478a75b7ea9", " $", " UID $", " OR $ 1:*,24000"}) {
    CHECK_MESSAGE(read(text), text);
  }
  for (const View text :
       {" MODSEQ", " MODSEQ x", " MODSEQ 9223372036854775808", " MODSEQ \"/flags/x\" 5", " MODSEQ \"x\" all 5",
        " OLDER 0", " YOUNGER -1", " OLDER 4294967296", " EMAILID \"a b\"", " THREADID", " SAVEDON", " $,1", " 1,$"}) {
    CHECK_MESSAGE(!read(text), text);
  }
}

TEST_CASE("the charset that SORT and THREAD begin with") {
  Cursor c("iso-8859-1 TEXT {1}\r\n\xC4");
  search::Program program;
  CHECK(search::charset_and_keys(c, program));
  CHECK(program.root.keys.at(0).text == "\xC3\xA4");
  CHECK(search::asks(program.root, Ask::text));
  CHECK_FALSE(search::asks(program.root, Ask::modseq));
}

TEST_CASE("nesting, keys and strings have limits") {
  const auto nested = [](int depth) {
    return " " + std::string(static_cast<std::size_t>(depth), '(') + "SEEN" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  CHECK(read(nested(kMaxNesting)));
  CHECK(read(nested(kMaxNesting + 1)).error().code == Code::too_many);
  std::string nots = " ";
  for (int i = 0; i <= kMaxNesting; ++i) nots += "NOT ";
  CHECK(read(nots + "SEEN").error().code == Code::too_many);
  std::string many;
  for (std::size_t i = 0; i < search::kMaxKeys; ++i) many += " SEEN";
  CHECK(read(many));
  CHECK(read(many + " SEEN").error().code == Code::too_many);
  const std::string longest(search::kMaxString, 'x');
  CHECK(read(" TEXT " + longest));
  CHECK(read(" TEXT x" + longest).error().code == Code::too_long);
}
