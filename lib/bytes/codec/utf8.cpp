#include "posthorn/bytes/codec/utf8.h"

#include "bytes/codec/utf8_prefix.h"

namespace posthorn::codec {

namespace {
constexpr char32_t kReplacement = 0xFFFD;
}  // namespace

bool is_ascii(View octets) { return ascii_prefix(octets) == octets.size(); }

bool is_utf8(View octets) { return utf8_prefix(octets) == octets.size(); }

char32_t take_code_point(View& octets) {
  const Utf8Character c = character_at(octets);
  octets.remove_prefix(c.octets);
  return c.code_point;
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
