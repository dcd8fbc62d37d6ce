#include "posthorn/grammar/frame/text.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {
std::string judged(View input) {
  std::string verdict;
  const auto differs = testing::for_every_split(input, [&](auto&& feed) {
    frame::TextScanner scanner;
    feed([&](View piece) { scanner.scan(piece); });
    return verdict = scanner.finish() ? "text" : "no text";
  });
  CHECK(differs == "");
  return verdict;
}
std::string written(View input) {
  std::string out;
  const auto differs = testing::for_every_split(input, [&](auto&& feed) {
    frame::TextWriter writer;
    Buffer buffer;
    feed([&](View piece) { writer.write(piece, buffer); });
    return out = own(buffer.view());
  });
  CHECK(differs == "");
  return out;
}
}  // namespace

TEST_CASE("a text has CRLF and nothing else at its line ends") {
  for (View text : {"", "a", "a\r\n", "\r\n\r\n", "a\r\nb", "\r\n.\r\n", "\r\na\r\n\r\nb\r\n"})
    CHECK(judged(text) == "text");
  for (View text : {"\r", "\n", "a\nb", "a\rb", "a\r", "\r\r\n", "\n\r\n", "\r\n\n", "\n\r", "a\r\nb\r"}) {
    CHECK(judged(text) == "no text");
  }
  CHECK(judged(View("a\0b", 3)) == "no text");
}

TEST_CASE("a writer makes every line end CRLF") {
  CHECK(written("a\nb\rc\r\nd") == "a\r\nb\r\nc\r\nd");
  CHECK(written("\n\n\r\r\r\n") == "\r\n\r\n\r\n\r\n\r\n");
  CHECK(judged(written("\n.\r.\r\n\r")) == "text");
}

TEST_CASE("text: CRLF for each lone LF, and a bare CR that stays") {
  CHECK(frame::with_crlf("") == "");
  CHECK(frame::with_crlf("a\nb\r\nc\n\n") == "a\r\nb\r\nc\r\n\r\n");
  CHECK(frame::with_crlf("\n\r\r\n\ra") == "\r\n\r\r\n\ra");
}
