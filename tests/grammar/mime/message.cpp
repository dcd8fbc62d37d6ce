#include "posthorn/grammar/mime/message.h"

#include <tuple>

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
constexpr View kNested =
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\ntwo\r\n--c--\r\n--b--\r\n";
}  // namespace

TEST_CASE("message: the index is what the parser says") {
  const auto message = mime::Message::index(kNested);
  REQUIRE(message.parts().size() == 5);
  CHECK(kNested.substr(message.parts()[1].body, message.parts()[1].end - message.parts()[1].body) == "one");
  CHECK(kNested.substr(message.parts()[4].body, message.parts()[4].end - message.parts()[4].body) == "two");
  CHECK(message.parts()[2].is_message());
  CHECK(message.defects().empty());
  CHECK(message.body(mime::PartId(4)) == "two");
  CHECK(message.header(mime::PartId(2)) == "Content-Type: message/rfc822\r\n\r\n");
  CHECK(message.children(mime::PartId(0)).size() == 2);
  CHECK(message.children(mime::PartId(0))[1] == mime::PartId(2));
  CHECK(message.children(mime::PartId(4)).empty());
}

TEST_CASE("message: a part without the line end of the delimiter behind it (RFC 2046 section 5.1.1)") {
  for (const std::string content : {"A: b\r\n\r\nbody\r\n", "A: b\r\n\r\n", "A: b\r\n", "A: b", ""}) {
    const std::string octets = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + content + "\r\n--x--\r\n";
    CHECK(mime::Message::index(octets).whole(mime::PartId(1)) == content);
  }
  const auto all = mime::Message::index("A: b\r\n");
  CHECK(all.whole(mime::PartId(0)) == "A: b\r\n");
}

TEST_CASE("outline: children and header fields of each part") {
  mime::Outliner outliner;
  for (char c : kNested) outliner.feed(View(&c, 1));
  const mime::Outline outline = outliner.finish();
  REQUIRE(outline.parts().size() == 5);
  CHECK(outline.children(mime::PartId(0)).size() == 2);
  CHECK(outline.children(mime::PartId(2))[0] == mime::PartId(3));
  CHECK(outline.header(mime::PartId(3)) == "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n");
  CHECK(outline.header(mime::PartId(1)).empty());
}

TEST_CASE("outline: only fields that describe the message, and no more than there is room for") {
  mime::Outliner outliner({}, 40);
  outliner.feed("Subject: a\r\nX: y\r\nReceived: z\r\nFrom: " + std::string(100, 'x') + "\r\nTo: b\r\n\r\n");
  CHECK(outliner.finish().header(mime::PartId(0)) == "Subject: a\r\nTo: b\r\n");
  CHECK(mime::Outliner::keeps("content-LANGUAGE"));
  CHECK(mime::Outliner::keeps("in-reply-to"));
  CHECK_FALSE(mime::Outliner::keeps("References"));
}

TEST_CASE("outline: packed and unpacked, and nothing else is taken for one") {
  mime::Outliner outliner;
  outliner.feed(kNested);
  const mime::Outline outline = outliner.finish();
  const std::string packed = outline.pack();
  CHECK(packed.size() < 300);
  const auto again = mime::Outline::unpack(packed);
  REQUIRE(again);
  REQUIRE(again->parts().size() == outline.parts().size());
  for (const mime::Part& part : outline.parts()) {
    const mime::Part& other = again->part(part.id);
    CHECK(other.parent == part.parent);
    CHECK(other.type + "/" + other.subtype == part.type + "/" + part.subtype);
    CHECK(std::tuple(other.header, other.body, other.end, other.lines, other.encoding) ==
          std::tuple(part.header, part.body, part.end, part.lines, part.encoding));
    CHECK(again->header(part.id) == outline.header(part.id));
  }
  for (std::size_t size = 0; size < packed.size(); ++size) {
    CHECK_FALSE(mime::Outline::unpack(View(packed).substr(0, size)));
  }
  CHECK_FALSE(mime::Outline::unpack(packed + "x"));
  CHECK_FALSE(mime::Outline::unpack("\x02" + packed.substr(1)));
}
