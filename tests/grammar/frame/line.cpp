#include "posthorn/grammar/frame/line.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace posthorn;
using frame::LineStatus;

namespace {
struct Found {
  LineStatus status;
  std::string text;
  bool operator==(const Found&) const = default;
};
std::vector<Found> lines_of(View input, std::size_t cut, std::size_t limit) {
  std::vector<Found> found;
  Buffer buffer;
  frame::LineFramer framer(limit);
  auto drain = [&] {
    for (auto line = framer.next(buffer); line.status != LineStatus::need_input; line = framer.next(buffer)) {
      found.push_back({line.status, line.status == LineStatus::line ? own(line.text) : ""});
      buffer.consume(line.octets);
    }
  };
  for (std::size_t i = 0; i < input.size(); i += cut) {
    buffer.append(input.substr(i, cut));
    drain();
    CHECK(buffer.size() <= limit + cut);
  }
  return found;
}
}  // namespace

TEST_CASE("only CRLF ends a line, for any chunking") {
  const View input("one\r\n\r\nbare\nlf\r\nbare\rcr\r\nnul\0x\r\ntoo long for the limit\r\nlast\r\n", 68 - 5);
  for (std::size_t cut = 1; cut <= input.size(); ++cut) {
    const auto found = lines_of(input, cut, 12);
    CHECK(found == std::vector<Found>{{LineStatus::line, "one"}, {LineStatus::line, ""}, {LineStatus::bare, ""},
                                      {LineStatus::bare, ""}, {LineStatus::bare, ""}, {LineStatus::too_long, ""},
                                      {LineStatus::line, "last"}});
  }
}

TEST_CASE("the limit counts the line end") {
  CHECK(lines_of("abcd\r\n", 6, 6).at(0).status == LineStatus::line);
  CHECK(lines_of("abcde\r\n", 7, 6).at(0).status == LineStatus::too_long);
}

TEST_CASE("a line that never ends holds no more memory than the limit") {
  Buffer buffer;
  frame::LineFramer framer(100);
  for (int i = 0; i < 10000; ++i) {
    buffer.append("0123456789");
    CHECK(framer.next(buffer).status == LineStatus::need_input);
    REQUIRE(buffer.size() <= 110);
  }
}
