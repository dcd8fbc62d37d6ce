#include "posthorn/bytes/codec/utf8.h"

#include <cstdint>
#include <cstring>

namespace posthorn::codec {

namespace {
constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t code_point;
  std::size_t octets;  // 0: not well formed
};

unsigned octet_at(View octets, std::size_t i) { return static_cast<unsigned char>(octets[i]); }

/// RFC 3629 section 4, by the table of second octets.
Decoded decode_one(View octets) {
  const unsigned first = octet_at(octets, 0);
  if (first < 0x80) return {first, 1};
  if (first < 0xC2 || first > 0xF4) return {kReplacement, 0};
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (octets.size() < length) return {kReplacement, 0};
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  char32_t value = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned next = octet_at(octets, i);
    if (next < low || next > high) return {kReplacement, 0};
    value = (value << 6U) | (next & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {value, length};
}
}  // namespace

bool is_ascii(View octets) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (octets.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, octets.data(), sizeof word);
    if ((word & kHighBits) != 0) return false;
    octets.remove_prefix(sizeof word);
  }
  for (char c : octets) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

bool is_utf8(View octets) {
  while (!octets.empty()) {
    const Decoded decoded = decode_one(octets);
    if (decoded.octets == 0) return false;
    octets.remove_prefix(decoded.octets);
  }
  return true;
}

char32_t take_code_point(View& octets) {
  const Decoded decoded = decode_one(octets);
  octets.remove_prefix(decoded.octets == 0 ? 1 : decoded.octets);
  return decoded.code_point;
}

void append_code_point(std::string& out, char32_t code_point) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) code_point = kReplacement;
  const auto tail = [&](unsigned shift) { out.push_back(static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU))); };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (code_point >> 6U)));
    tail(0);
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (code_point >> 12U)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0U | (code_point >> 18U)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace posthorn::codec
