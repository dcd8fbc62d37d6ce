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

TEST_CASE("an unknown character set is told apart from bad syntax") {
  const auto program = read(" CHARSET KOI8-R TEXT x");
  REQUIRE(program);
  CHECK(!program->charset_ok);
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
