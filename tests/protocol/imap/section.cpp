#include "protocol/imap/section.h"

#include <doctest/doctest.h>

using namespace posthorn;
using imap::Section;

namespace {
std::optional<Section> parse(View text) {
  Cursor c(text);
  Section out;
  if (!imap::section(c, out) || !c.end()) return std::nullopt;
  return out;
}
std::string rewritten(View text) {
  const auto section = parse(text);
  if (!section) return "refused";
  Buffer buffer;
  imap::Responder out(buffer, 65'536);
  imap::write_section(out, *section);
  return own(buffer.view());
}

// The tree of the example in RFC 9051 section 6.4.5.1.
constexpr View kTree =
    "Subject: top\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
    "--a\r\nX-Part: 1\r\n\r\nbody 1\r\n"
    "--a\r\nContent-Type: application/octet-stream\r\n\r\nbody 2\r\n"
    "--a\r\nContent-Type: message/rfc822\r\nX-Part: 3\r\n\r\n"
    "Subject: three\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\n\r\nbody 3.1\r\n--b\r\n\r\nbody 3.2\r\n--b--\r\n"
    "--a\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    "--c\r\nContent-Type: image/gif\r\n\r\nbody 4.1\r\n"
    "--c\r\nContent-Type: message/rfc822\r\nX-Part: 4.2\r\n\r\n"
    "Subject: four\r\n\r\nbody 4.2.1\r\n--c--\r\n--a--\r\n";

std::string octets(View text, View message = kTree) {
  const auto section = parse(text);
  if (!section) return "refused";
  mime::Outliner outliner;
  outliner.feed(message);
  const mime::Outline outline = outliner.finish();
  const auto extent = imap::extent_of(*section, outline);
  if (!extent) return "NIL";
  return own(message.substr(extent->begin, extent->end - extent->begin));
}
}  // namespace

TEST_CASE("section: RFC 9051 section 6.4.5.1") {
  CHECK(octets("[]") == kTree);
  CHECK(octets("[HEADER]") == "Subject: top\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n");
  CHECK(octets("[TEXT]").starts_with("--a\r\n"));
  CHECK(octets("[1]") == "body 1");
  CHECK(octets("[1.MIME]") == "X-Part: 1\r\n\r\n");
  CHECK(octets("[2]") == "body 2");
  CHECK(octets("[3]").starts_with("Subject: three\r\n"));
  CHECK(octets("[3.HEADER]") == "Subject: three\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
  CHECK(octets("[3.TEXT]").starts_with("--b\r\n"));
  CHECK(octets("[3.1]") == "body 3.1");
  CHECK(octets("[3.2]") == "body 3.2");
  CHECK(octets("[4]").starts_with("--c\r\n"));
  CHECK(octets("[4.1]") == "body 4.1");
  CHECK(octets("[4.1.MIME]") == "Content-Type: image/gif\r\n\r\n");
  CHECK(octets("[4.2]") == "Subject: four\r\n\r\nbody 4.2.1");
  CHECK(octets("[4.2.HEADER]") == "Subject: four\r\n\r\n");
  CHECK(octets("[4.2.TEXT]") == "body 4.2.1");
  CHECK(octets("[4.2.1]") == "body 4.2.1");
  CHECK(octets("[4.2.MIME]") == "Content-Type: message/rfc822\r\nX-Part: 4.2\r\n\r\n");
}

TEST_CASE("section: parts that are not there") {
  for (View text : {"[5]", "[1.1]", "[1.HEADER]", "[2.TEXT]", "[3.3]", "[4.2.2]", "[4.2.1.1]", "[4.HEADER]"}) {
    CAPTURE(text);
    CHECK(octets(text) == "NIL");
  }
}

TEST_CASE("section: a message that is no multipart has part 1") {
  CHECK(octets("[1]", "Subject: x\r\n\r\nbody") == "body");
  CHECK(octets("[1.MIME]", "Subject: x\r\n\r\nbody") == "Subject: x\r\n\r\n");
  CHECK(octets("[2]", "Subject: x\r\n\r\nbody") == "NIL");
  CHECK(octets("[1.1]", "Subject: x\r\n\r\nbody") == "NIL");
  CHECK(octets("[1.1]", "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nbody") == "body");
}

TEST_CASE("section: grammar") {
  for (View text : {"[]", "[1]", "[1.2.3]", "[HEADER]", "[TEXT]", "[1.MIME]", "[1.2.HEADER.FIELDS (a b)]",
                    "[HEADER.FIELDS.NOT (To)]"}) {
    CHECK(rewritten(text) == text);
  }
  CHECK(rewritten("[header.fields (\"a b\" {1}\r\nc)]") == "[HEADER.FIELDS (\"a b\" c)]");
  for (View text : {"", "[", "[0]", "[1", "[1.]", "[1..2]", "[MIME]", "[FOO]", "[HEADER.FIELDS]", "[HEADER.FIELDS ()]",
                    "[1.2", "[TEXT.1]", "[4294967296]", "[01.]"}) {
    CAPTURE(text);
    CHECK_FALSE(parse(text));
  }
}

TEST_CASE("section: fields are given as they are") {
  const View header = "A: 1\r\nB: 2\r\n\tfolded\r\nb : 3\r\nC: 4\r\n\r\n";
  CHECK(imap::matching_fields(header, *parse("[HEADER.FIELDS (B)]")) == "B: 2\r\n\tfolded\r\nb : 3\r\n\r\n");
  CHECK(imap::matching_fields(header, *parse("[HEADER.FIELDS.NOT (b)]")) == "A: 1\r\nC: 4\r\n\r\n");
  CHECK(imap::matching_fields(header, *parse("[HEADER.FIELDS (x)]")) == "\r\n");
  CHECK(imap::matching_fields("A: 1", *parse("[HEADER.FIELDS (a)]")) == "A: 1\r\n\r\n");
}
