#include "posthorn/grammar/mime/message.h"

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

TEST_CASE("outline: children and header fields of each part") {
  mime::Outline outline;
  outline.feed(kNested);
  outline.finish();
  REQUIRE(outline.parts().size() == 5);
  CHECK(outline.children(mime::PartId(0)).size() == 2);
  CHECK(outline.children(mime::PartId(2))[0] == mime::PartId(3));
  CHECK(outline.header(mime::PartId(3)) == "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n");
  CHECK(outline.header(mime::PartId(1)).empty());
}

TEST_CASE("outline: no more header octets than there is room for") {
  mime::Outline outline({}, 20);
  outline.feed("Subject: a\r\nX: " + std::string(100, 'x') + "\r\nTo: b\r\n\r\n");
  outline.finish();
  CHECK(outline.header(mime::PartId(0)) == "Subject: a\r\nTo: b\r\n");
}
