#include "posthorn/protocol/imap/response_framer.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

std::string framed(View input, const ResponseLimits& limits) {
  std::string whole;
  const std::string differs = testing::for_every_split(input, [&](auto&& feed) {
    ResponseFramer framer(limits);
    Buffer buffer;
    std::string out;
    bool broken = false;
    feed([&](View octets) {
      buffer.append(octets);
      while (!broken) {
        const auto found = framer.next(buffer);
        if (std::holds_alternative<ResponseFramer::NeedInput>(found)) return;
        if (const auto* text = std::get_if<ResponseFramer::Whole>(&found)) {
          out += "[" + own(text->text) + "]";
          for (const std::size_t at : text->streamed) out += "@" + std::to_string(at);
        } else if (const auto* begins = std::get_if<ResponseFramer::Begins>(&found)) {
          out += "<" + begins->begun.item.section + " " + std::to_string(begins->octets) + ":";
        } else if (const auto* chunk = std::get_if<ResponseFramer::Chunk>(&found)) {
          out += own(chunk->octets) + (chunk->last ? ">" : "");
        } else {
          out += "!";
          broken = true;
        }
      }
    });
    whole = out;
    return out;
  });
  CHECK(differs == "");
  return whole;
}

}  // namespace

TEST_CASE("lines and literals, however they are cut") {
  const ResponseLimits limits{.response = 60, .literal = 4, .literals = 3};
  CHECK(framed("* 1 EXISTS\r\n* 2 EXISTS\r\n", limits) == "[* 1 EXISTS][* 2 EXISTS]");
  CHECK(framed("* LIST () NIL {3}\r\na\r\n\r\n", limits) == "[* LIST () NIL {3}\r\na\r\n]");
  CHECK(framed("* LIST () NIL {0}\r\n\r\n", limits) == "[* LIST () NIL {0}\r\n]");
  CHECK(framed("* 1 FETCH (BODY[1] {6}\r\n)\r\n)\r\n UID 2)\r\n", limits) ==
        "<1 6:)\r\n)\r\n>[* 1 FETCH (BODY[1] {6}\r\n UID 2)]@19");
  CHECK(framed("* 1 FETCH (BODY[1] ~{5}\r\n12345 BODY[] {5}\r\n67890)\r\n", limits) ==
        "<1 5:12345>< 5:67890>[* 1 FETCH (BODY[1] ~{5}\r\n BODY[] {5}\r\n)]@19@33");
  // No content of a message: kept, as far as the limit goes.
  CHECK(framed("* X (A {6}\r\n123456)\r\n", limits) == "[* X (A {6}\r\n123456)]");
  CHECK(framed("* X (A {60}\r\n", limits) == "!");
}

TEST_CASE("texts of people are no literals") {
  const ResponseLimits limits;
  CHECK(framed("* OK {5}\r\nA OK [X] {6}\r\n+ {7}\r\n* bye {1}\r\n", limits) ==
        "[* OK {5}][A OK [X] {6}][+ {7}][* bye {1}]");
  CHECK(framed("* NO [BADCHARSET ({5}\r\nUTF-8)] x\r\n", limits) == "[* NO [BADCHARSET ({5}\r\nUTF-8)] x]");
}

TEST_CASE("a hundred thousand empty literals take no stack") {
  std::string input = "* X ";
  for (int i = 0; i < 100'000; ++i) input += "{0}\r\n ";
  input += "\r\n";
  ResponseFramer framer(ResponseLimits{});
  Buffer buffer;
  buffer.append(input);
  CHECK(std::holds_alternative<ResponseFramer::Whole>(framer.next(buffer)));
}
