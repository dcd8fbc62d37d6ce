#include "posthorn/grammar/frame/dot.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

#include "json.h"
#include "shared_data.h"

using namespace posthorn;
using frame::DotDecoder;
using frame::DotEncoder;
using frame::DotStatus;

namespace {
struct Decoded {
  std::string content;
  bool ended = false;
  bool bare = false;
  std::string rest;
  bool operator==(const Decoded&) const = default;
  std::string text() const { return content + (ended ? "|end|" : "|open|") + (bare ? "bare|" : "clean|") + rest; }
};

template <class Feed>
Decoded decode_fed(Feed&& feed) {
  Decoded out;
  DotDecoder decoder;
  Buffer buffer;
  feed([&](View piece) {
    buffer.append(piece);
    while (!out.ended) {
      const auto found = decoder.next(buffer.view());
      if (found.status == DotStatus::need_input) break;
      out.content += found.content;
      out.ended = found.status == DotStatus::end;
      buffer.consume(found.octets);
    }
    if (!out.ended) CHECK(buffer.size() <= 2);
  });
  out.bare = decoder.bare();
  out.rest = own(buffer.view());
  return out;
}

Decoded decode(View input) {
  const auto split = testing::for_every_split(input, [](auto feed) { return decode_fed(feed).text(); });
  CHECK(split == "");
  return decode_fed([&](auto&& sink) { sink(input); });
}

std::string encode(View input) {
  const auto run = [](auto feed) {
    DotEncoder encoder;
    Buffer out;
    feed([&](View piece) { encoder.encode(piece, out); });
    encoder.finish(out);
    return own(out.view());
  };
  CHECK(testing::for_every_split(input, run) == "");
  return run([&](auto&& sink) { sink(input); });
}
}  // namespace

TEST_CASE("dot: RFC 5321 section 4.5.2") {
  CHECK(decode("a\r\n.\r\nQUIT\r\n") == Decoded{"a\r\n", true, false, "QUIT\r\n"});
  CHECK(decode(".\r\n") == Decoded{"", true, false, ""});
  CHECK(decode("..\r\n.\r\n") == Decoded{".\r\n", true, false, ""});
  CHECK(decode(".a\r\n...\r\nb.\r\n.\r\n") == Decoded{"a\r\n..\r\nb.\r\n", true, false, ""});
  CHECK(decode("a.\r\n") == Decoded{"a.\r\n", false, false, ""});
  CHECK(decode("a\r\n.") == Decoded{"a\r\n", false, false, "."});
  CHECK(decode("a\r\n.\r") == Decoded{"a\r\n", false, false, ".\r"});
}

TEST_CASE("dot: bare line ends and NUL are content and are told") {
  CHECK(decode("a\nb\r\n.\r\n") == Decoded{"a\nb\r\n", true, true, ""});
  CHECK(decode("a\rb\r\n.\r\n") == Decoded{"a\rb\r\n", true, true, ""});
  CHECK(decode(View("a\0b\r\n.\r\n", 8)) == Decoded{std::string("a\0b\r\n", 5), true, true, ""});
  CHECK(decode("a\r\r\n.\r\n") == Decoded{"a\r\r\n", true, true, ""});
  CHECK(decode("\n.\r\n\r\n.\r\n") == Decoded{"\n.\r\n\r\n", true, true, ""});
}

TEST_CASE("dot: no published smuggling sequence ends a message") {
  const auto path = testing::shared_data("smtp/smuggling.json");
  if (!path) return;
  const auto suite = testing::JsonReader(testing::read_whole_file(*path)).value();
  int count = 0;
  for (const auto& sequence : suite["sequences"].items) {
    std::string octets = sequence["bytes"].text;
    const auto unescape = [&octets](View from, View to) {
      for (std::size_t at = octets.find(from); at != View::npos; at = octets.find(from))
        octets.replace(at, from.size(), to);
    };
    unescape("\\r", "\r");
    unescape("\\n", "\n");
    unescape("\\u0000", View("\0", 1));
    CAPTURE(sequence["id"].text);
    const auto found = decode("body" + octets + "MAIL FROM:<smuggled@example.org>\r\n.\r\nNOOP\r\n");
    CHECK(found.ended);
    CHECK(found.bare);
    CHECK(found.content.find("MAIL FROM") != std::string::npos);
    CHECK(found.rest == "NOOP\r\n");
    ++count;
  }
  CHECK(count == 12);
}

TEST_CASE("dot: what is sent has no bare line end and ends once") {
  CHECK(encode("a\r\n") == "a\r\n.\r\n");
  CHECK(encode("a") == "a\r\n.\r\n");
  CHECK(encode("") == ".\r\n");
  CHECK(encode(".\r\n..\r\n.a") == "..\r\n...\r\n..a\r\n.\r\n");
  CHECK(encode("a\nb\rc\r\nd") == "a\r\nb\r\nc\r\nd\r\n.\r\n");
  CHECK(encode("a\n.\nb\r.\r") == "a\r\n..\r\nb\r\n..\r\n.\r\n");
  CHECK(encode("a\r\r\n\n\r") == "a\r\n\r\n\r\n\r\n.\r\n");
}

TEST_CASE("dot: all short texts of the dangerous octets come through and end in one place") {
  constexpr View kOctets("\r\n.a\0", 5);
  for (int n = 0; n < 5 * 5 * 5 * 5 * 5 * 5; ++n) {
    std::string text;
    for (int rest = n, i = 0; i < 6; rest /= 5, ++i) text += kOctets[static_cast<std::size_t>(rest % 5)];
    DotEncoder encoder;
    Buffer wire;
    encoder.encode(text, wire);
    encoder.finish(wire);
    std::string sent = own(wire.view());
    const auto found = decode_fed([&](auto&& sink) { sink(View(sent)); });
    const bool has_nul = text.find('\0') != std::string::npos;
    if (!found.ended || !found.rest.empty() || found.bare != has_nul) FAIL("case " << n);
    encoder.encode(found.content, wire);
    encoder.finish(wire);
    if (wire.view() != sent + sent) FAIL("not stable: case " << n);
  }
}
