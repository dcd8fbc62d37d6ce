#include "posthorn/bytes/codec/deflate.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"

using namespace posthorn;
using namespace posthorn::codec;

namespace {
std::string compressed(Deflater& deflater, View text) {
  Buffer out;
  deflater.compress(text, out);
  return own(out.view());
}

/// Expands all of it, `most` octets at a time.
std::string expanded(Inflater& inflater, View input, std::size_t most = 1'000) {
  std::string text;
  for (;;) {
    Buffer out;
    const auto outcome = inflater.expand(input, most, out);
    CHECK(out.size() <= most);
    text += out.view();
    input.remove_prefix(outcome.taken);
    if (outcome.broken) return text + "<broken>";
    if (out.size() < most) {
      CHECK(input.empty());
      return text;
    }
  }
}
}  // namespace

TEST_CASE("what Python's zlib makes of the same text is understood") {
  // zlib.compressobj(6, zlib.DEFLATED, -15): compress(b"a1 NOOP\r\n" * 3) + flush(Z_SYNC_FLUSH)
  Inflater inflater;
  CHECK(expanded(inflater, *hex_decode("4a3454f0f3f70fe0e54ac46000000000ffff")) == "a1 NOOP\r\na1 NOOP\r\na1 NOOP\r\n");
  // compress(b"a2 NOOP\r\n") + flush(Z_SYNC_FLUSH) behind it
  CHECK(expanded(inflater, *hex_decode("4a34823200000000ffff")) == "a2 NOOP\r\n");
}

TEST_CASE("a dialogue: every piece comes out whole, the later ones are short") {
  Deflater deflater;
  Inflater inflater;
  const std::string text = "* 1 FETCH (FLAGS (\\Seen) UID 17 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n";
  std::size_t first = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string wire = compressed(deflater, text);
    if (i == 0) first = wire.size();
    if (i > 0) CHECK(wire.size() < first / 3);
    CHECK(wire.ends_with(std::string_view("\x00\x00\xFF\xFF", 4)));
    CHECK(expanded(inflater, wire) == text);
    if (i == 10) {
      deflater.release();
      CHECK(expanded(inflater, compressed(deflater, text)) == text);
    }
  }
  CHECK(compressed(deflater, "").empty());
}

TEST_CASE("big texts, octet by octet and at once") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += static_cast<char>((i * 7919) >> 5);
  Deflater deflater;
  Inflater whole;
  Inflater single;
  const std::string wire = compressed(deflater, text);
  CHECK(expanded(whole, wire, 100'000) == text);
  std::string slow;
  for (const char c : wire) slow += expanded(single, View(&c, 1));
  CHECK(slow == text);
}

TEST_CASE("what expands without end comes in pieces") {
  Deflater deflater;
  Inflater inflater;
  const std::string wire = compressed(deflater, std::string(50'000'000, ' '));
  CHECK(wire.size() < 60'000);
  Buffer out;
  View rest = wire;
  std::size_t all = 0;
  while (all < 50'000'000) {
    const auto outcome = inflater.expand(rest, 65'536, out);
    REQUIRE(!outcome.broken);
    REQUIRE(out.size() <= 65'536);
    REQUIRE(!out.empty());
    all += out.size();
    out.clear();
    rest.remove_prefix(outcome.taken);
  }
  CHECK(rest.empty());
}

TEST_CASE("what is no DEFLATE, and the end of a stream, are an end for good") {
  Inflater inflater;
  CHECK(expanded(inflater, "a NOOP\r\n").ends_with("<broken>"));
  CHECK(expanded(inflater, "").ends_with("<broken>"));
  Inflater ended;
  // RFC 1951 section 3.2.4: a last block without compression, of the octets "ab".
  CHECK(expanded(ended, std::string_view("\x01\x02\x00\xFD\xFF"
                                         "ab",
                                         7)) == "ab<broken>");
  Inflater stored;
  CHECK(expanded(stored, std::string_view("\x00\x02\x00\xFD\xFF"
                                          "ab",
                                          7)) == "ab");
}
