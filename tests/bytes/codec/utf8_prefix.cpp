#include "bytes/codec/utf8_prefix.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

namespace {
/// Every U+FFFD of a text as ".".
std::string replaced(View text) {
  std::string out;
  while (!text.empty()) {
    const char32_t c = codec::take_code_point(text);
    codec::append_code_point(out, c == 0xFFFD ? U'.' : c);
  }
  return out;
}
}  // namespace

TEST_CASE("utf8 prefix: what is replaced together, as Unicode's tables 3-8 to 3-11 have it") {
  CHECK(replaced("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == "........A");
  CHECK(replaced("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") == "........A");
  CHECK(replaced("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == ".....A..B");
  CHECK(replaced("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == "....A");
}

TEST_CASE("utf8 prefix: what more octets may make whole") {
  using State = codec::Utf8Character::State;
  for (View cut : {"\xC3", "\xE2\x82", "\xF0\x9F\x91", "\xF4\x8F"}) {
    CHECK(codec::character_at(cut).state == State::cut);
    CHECK(codec::character_at(cut).octets == cut.size());
  }
  for (View broken : {"\xE0\x80", "\xED\xA0", "\xF4\x90", "\xFF", "\x80", "\xC0"}) {
    CHECK(codec::character_at(broken).state == State::broken);
    CHECK(codec::character_at(broken).octets == 1);
  }
}

TEST_CASE("utf8 prefix: vectors and octets find the same, wherever it stands") {
  constexpr std::array<View, 20> kPieces{"\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x91\x8D", "\x80",     "\xC3",
                                         "\xE2\x82", "\xF0\x9F\x91", "\xC0\x80",         "\xC1\xBF", "\xE0\x9F\xBF",
                                         "\xE0\xA0", "\xED\x9F\xBF", "\xED\xA0\x80",     "\xF0\x8F", "\xF0\x90\x80\x80",
                                         "\xF4\x8F", "\xF4\x90",     "\xF5\x80\x80\x80", "\xFF",     "\xC3\xA4\xA4"};
  for (const View filler : {View("a"), View("\xC3\xBC"), View("\xE6\x97\xA5"), View("\xF0\x9F\x91\x8D")}) {
    for (const View piece : kPieces) {
      for (std::size_t before = 0; before < 70; ++before) {
        std::string text;
        for (std::size_t i = 0; i < before; ++i) text += i % 3 == 0 ? "x" : std::string(filler);
        text += piece;
        const std::size_t cut = text.size();
        for (std::size_t i = 0; i < 70; ++i) text += filler;
        CHECK(codec::utf8_prefix(text) == codec::utf8_prefix_by_octet(text));
        CHECK(codec::utf8_prefix(View(text).substr(0, cut)) == codec::utf8_prefix_by_octet(View(text).substr(0, cut)));
      }
    }
  }
}

TEST_CASE("utf8 prefix: every pair and every triple of octets, across the middle of two vectors") {
  constexpr std::array<unsigned, 14> kThirds{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                             0xA0, 0xBF, 0xC2, 0xE0, 0xED, 0xF0, 0xF4};
  std::string text(96, 'a');
  std::size_t differ = 0;
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    for (const unsigned third : kThirds) {
      text[31] = static_cast<char>(pair >> 8U);
      text[32] = static_cast<char>(pair & 0xFFU);
      text[33] = static_cast<char>(third);
      if (codec::utf8_prefix(text) != codec::utf8_prefix_by_octet(text)) ++differ;
    }
  }
  CHECK(differ == 0);
}

TEST_CASE("utf8 prefix: ASCII ends at the first other octet") {
  for (std::size_t n = 0; n < 300; n += 7) {
    std::string text(300, 'a');
    text[n] = '\x80';
    CHECK(codec::ascii_prefix(text) == n);
  }
}
