#include "bytes/codec/base64_groups.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"

using namespace posthorn;

namespace {
constexpr View kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Octets that take all values in an order that repeats late.
std::string octets_of(std::size_t count) {
  std::string out;
  std::uint32_t state = 1;
  while (out.size() < count) {
    state = state * 1664525U + 1013904223U;
    out.push_back(static_cast<char>(state >> 24U));
  }
  return out;
}

/// RFC 4648 section 4, bit by bit.
std::string letters_of(View octets) {
  std::string out;
  for (std::size_t bit = 0; bit < octets.size() * 8; bit += 6) {
    std::size_t value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const bool one = i / 8 < octets.size() && ((static_cast<unsigned char>(octets[i / 8]) >> (7 - i % 8)) & 1U) != 0;
      value = value * 2 + (one ? 1 : 0);
    }
    out.push_back(kAlphabet[value]);
  }
  return out;
}

std::string in_lines(View letters, std::size_t length, View line_end) {
  std::string out;
  for (std::size_t at = 0; at < letters.size(); at += length) {
    out += letters.substr(at, length);
    out += line_end;
  }
  return out;
}

using Decode = codec::Groups (*)(View, std::span<char>, std::size_t);
constexpr std::array<Decode, 2> kDecoders{codec::decode_groups, codec::decode_groups_by_table};

std::string decoded(Decode decode, View text, std::size_t& read) {
  std::string room(text.size(), '\0');
  const codec::Groups groups = decode(text, room, 0);
  read = groups.read;
  return room.substr(0, groups.written);
}
}  // namespace

TEST_CASE("base64 groups: all lengths, with and without line ends") {
  for (std::size_t n = 0; n < 300; n += 3) {
    const std::string octets = octets_of(n);
    const std::string letters = letters_of(octets);
    std::size_t read = 0;
    for (const Decode decode : kDecoders) {
      CHECK(decoded(decode, letters, read) == octets);
      CHECK(read == letters.size());
      for (const std::size_t length : {4U, 60U, 64U, 76U}) {
        for (const View line_end : {View("\r\n"), View("\n")}) {
          const std::string lines = in_lines(letters, length, line_end);
          CHECK(decoded(decode, lines, read) == octets);
          CHECK(read == lines.size());
        }
      }
    }
    std::string room(letters.size(), '\0');
    CHECK(codec::encode_groups(octets, room) == n);
    CHECK(room == letters);
    CHECK(codec::encode_groups_by_table(octets, room) == n);
    CHECK(room == letters);
  }
}

TEST_CASE("base64 groups: every octet in every place stops them, but for the letters") {
  const std::string octets = octets_of(48);
  const std::string letters = letters_of(octets);
  for (const Decode decode : kDecoders) {
    for (std::size_t place = 0; place < letters.size(); ++place) {
      for (int c = 0; c < 256; ++c) {
        std::string text = letters;
        text[place] = static_cast<char>(c);
        if (text[place] == '\n' && place % 4 == 0) continue;  // passed over
        std::size_t read = 0;
        const std::string got = decoded(decode, text, read);
        const bool is_letter = kAlphabet.contains(static_cast<char>(c));
        const std::size_t expected = is_letter ? letters.size() : place / 4 * 4;
        if (read != expected || got.size() != expected / 4 * 3) FAIL(c << " at " << place);
        if (!is_letter && got != octets.substr(0, got.size())) FAIL(c << " at " << place);
        if (is_letter && letters_of(got) != text) FAIL(c << " at " << place);
      }
    }
  }
}

TEST_CASE("base64 groups: a line that is too long is not passed over") {
  const std::string letters = letters_of(octets_of(120));
  for (const Decode decode : kDecoders) {
    std::string room(200, '\0');
    CHECK(decode(letters.substr(0, 76) + "\r\nAAAA", room, 0).read == 82);
    CHECK(decode(letters.substr(0, 80) + "\r\nAAAA", room, 0).read == 80);
    CHECK(decode(letters.substr(0, 80) + "\r\nAAAA", room, 0).column == 80);
    CHECK(decode(letters.substr(0, 40) + "\r\nAAAA", room, 37).read == 40);
    CHECK(decode(letters.substr(0, 40) + "\r\nAAAA", room, 36).column == 4);
  }
}

TEST_CASE("base64 groups: full lines") {
  for (std::size_t n = 0; n < 400; n += 7) {
    const std::string octets = octets_of(n);
    std::string room(n / codec::kLineOctets * (codec::kLineLetters + 2), '\0');
    const std::size_t lines = n / codec::kLineOctets;
    CHECK(codec::encode_lines(octets, room) == lines * codec::kLineOctets);
    std::string expected;
    for (std::size_t i = 0; i < lines; ++i) {
      expected += "\r\n" + letters_of(View(octets).substr(i * codec::kLineOctets, codec::kLineOctets));
    }
    CHECK(room == expected);
  }
}
