#include "posthorn/bytes/buffer.h"

#include <doctest/doctest.h>

using posthorn::Buffer;

TEST_CASE("a buffer is a queue of octets") {
  Buffer b;
  b.append("hello ");
  b.append("world");
  CHECK(b.view() == "hello world");
  b.consume(6);
  CHECK(b.view() == "world");
  b.consume(5);
  CHECK(b.empty());
  b.push('x');
  CHECK(b.view() == "x");
}

TEST_CASE("a buffer keeps its content while it moves it to the front") {
  Buffer b;
  std::string expected;
  for (int i = 0; i < 20000; ++i) {
    const std::string piece = std::to_string(i) + ";";
    b.append(piece);
    expected += piece;
    if (i % 3 == 0) {
      b.consume(4);
      expected.erase(0, 4);
    }
  }
  CHECK(b.view() == expected);
}
