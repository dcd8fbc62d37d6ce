#include "posthorn/grammar/frame/head.h"

#include <doctest/doctest.h>

#include <string>

#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {
std::string head_of(View message, std::uint64_t lines) {
  std::string whole;
  const std::string different = testing::for_every_split(message, [&](auto&& feed) {
    frame::HeadCutter cutter(lines);
    std::string taken;
    feed([&](View chunk) { taken += cutter.take(chunk); });
    return whole = taken;
  });
  CHECK(different == "");
  return whole;
}
}  // namespace

TEST_CASE("the header, the empty line and so many lines") {
  const View message = "A: 1\r\n b\r\n\r\none\r\n\r\nthree\r\nfour";
  CHECK(head_of(message, 0) == "A: 1\r\n b\r\n\r\n");
  CHECK(head_of(message, 1) == "A: 1\r\n b\r\n\r\none\r\n");
  CHECK(head_of(message, 2) == "A: 1\r\n b\r\n\r\none\r\n\r\n");
  CHECK(head_of(message, 3) == "A: 1\r\n b\r\n\r\none\r\n\r\nthree\r\n");
  CHECK(head_of(message, 4) == message);
  CHECK(head_of(message, 1000) == message);
}

TEST_CASE("messages without a header, without a body, with odd line ends") {
  CHECK(head_of("\r\none\r\ntwo\r\n", 1) == "\r\none\r\n");
  CHECK(head_of("A: 1\r\n", 5) == "A: 1\r\n");
  CHECK(head_of("", 5) == "");
  CHECK(head_of("A: 1\n\none\ntwo\n", 1) == "A: 1\n\none\n");
  CHECK(head_of("A: 1\r\rone\rtwo\r", 1) == "A: 1\r\rone\r");
}
