#include "protocol/imap/append_data.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;
using Kind = AppendItem::Kind;

namespace {
/// "m" for a message, "l3" for a literal (with b, u, w for binary, UTF8 and whole), "u" and the text for a URL.
std::string text_of(const std::vector<AppendItem>& items) {
  std::string out;
  for (const AppendItem& item : items) {
    if (!out.empty()) out += ' ';
    switch (item.kind) {
      case Kind::message:
        out += "m" + (item.flags.system == 0 ? "" : std::to_string(item.flags.system)) + (item.date ? "@" : "");
        break;
      case Kind::literal:
        out += "l" + std::to_string(item.octets) + (item.whole ? "w" : "") + (item.binary ? "b" : "") +
               (item.utf8 ? "u" : "") + (item.here ? "!" : "");
        break;
      case Kind::url: out += "u" + item.url; break;
    }
  }
  return out;
}

struct Reading {
  explicit Reading(std::size_t messages = 10) : reader(messages) {}
  AppendReader reader;
  std::string operator()(View line) {
    if (auto read = reader.read_line(line); !read) return own(name_of(read.error().code));
    return text_of(reader.take_items()) + (reader.announced() ? " +" : reader.wants_argument() ? " ?" : "");
  }
};
}  // namespace

TEST_CASE("messages, line by line") {
  Reading read;
  CHECK(read(" (\\Seen) \"01-Jan-2026 00:00:00 +0000\" {310}") == "m1@ l310w +");
  CHECK(read(" (\\Seen \\Answered) {286+}") == "m3 l286w +");
  CHECK(read(" ~{0}") == "m l0wb +");
  CHECK(read(" UTF8 (~{5}") == "m l5wbu +");
  CHECK(read(") {5}") == "m l5w +");
  CHECK(!read.reader.wants_argument());
  CHECK(read("") == "");
  CHECK(read.reader.whole());
}

TEST_CASE("parts of a message") {
  Reading read;
  CHECK(read(" (\\Draft) CATENATE (URL /a/;UID=1 TEXT {42}") == "m16 u/a/;UID=1 l42 +");
  CHECK(!read.reader.whole());
  CHECK(read(" URL \"/b c/;UID=2\" URL /c/;UID=3 TEXT ~{42+}") == "u/b c/;UID=2 u/c/;UID=3 l42b +");
  CHECK(read(" URL {9}") == " ?");
  CHECK(*read.reader.wants_argument() == 9);
  read.reader.add("/d/;");
  read.reader.add("UID=1");
  CHECK(read(" URL {3+}") == "u/d/;UID=1 ?");
  read.reader.add("/e ");
  CHECK(read(" TEXT {1}") == "u/e  l1 +");
  CHECK(read(") CATENATE (URL x)") == "m ux");
  CHECK(read.reader.whole());
}

TEST_CASE("what may not follow") {
  for (View first : {View(" {3}"), View(" CATENATE (TEXT {3}"), View(" UTF8 (~{3}")}) {
    for (View wrong :
         {View("x"), View(" x"), View("  {3}"), View(" TEXT {3"), View(" {3"), View(" (\\Seen)"), View(") x"),
          View("))"), View(" CATENATE ("), View(" CATENATE ()"), View(" CATENATE (URL"), View(") UTF8 ({1}")}) {
      Reading read;
      REQUIRE(read(first).ends_with(" +"));
      CHECK_MESSAGE(read(wrong) == "syntax", first << " | " << wrong);
    }
  }
  Reading open;
  open(" CATENATE (TEXT {3}");
  CHECK(open("") == "syntax");
}

TEST_CASE("octets in the text, and the limit of messages") {
  Reading read(3);
  CHECK(read(" {2+}\r\nab CATENATE (TEXT {1}\r\nx URL {3}\r\na)b) {4}") == "m l2w! m l1! ua)b m l4w +");
  CHECK(read(" {1}") == "too_many");
}
