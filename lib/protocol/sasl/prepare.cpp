#include "posthorn/protocol/sasl/prepare.h"

#include <algorithm>
#include <array>
#include <span>

#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::sasl {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr bool contains(std::span<const Range> ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

// RFC 3454 table C.1.2: mapped to SPACE.
constexpr std::array<Range, 6> kSpaces{
    {{0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200B}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}};

// RFC 3454 table B.1: mapped to nothing. (U+200B is in C.1.2 too; RFC 4013 maps spaces first.)
constexpr std::array<Range, 7> kNothing{{{0xAD, 0xAD},
                                         {0x034F, 0x034F},
                                         {0x1806, 0x1806},
                                         {0x180B, 0x180D},
                                         {0x200C, 0x200D},
                                         {0x2060, 0x2060},
                                         {0xFE00, 0xFE0F}}};
constexpr char32_t kByteOrderMark = 0xFEFF;  // B.1 as well

// RFC 3454 tables C.2.1, C.2.2, C.3, C.4 (planes below), C.6, C.7, C.8 and C.9.
constexpr std::array<Range, 20> kProhibited{
    {{0x00, 0x1F},       {0x7F, 0x9F},       {0x0340, 0x0341},   {0x06DD, 0x06DD},   {0x070F, 0x070F},
     {0x180E, 0x180E},   {0x200E, 0x200F},   {0x2028, 0x202E},   {0x2061, 0x2063},   {0x206A, 0x206F},
     {0x2FF0, 0x2FFB},   {0xD800, 0xDFFF},   {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFFF9, 0xFFFF},
     {0x1D173, 0x1D17A}, {0xE0001, 0xE0001}, {0xE0020, 0xE007F}, {0xF0000, 0xFFFFD}, {0x100000, 0x10FFFD}}};

constexpr bool is_prohibited(char32_t c) {
  return contains(kProhibited, c) || (c & 0xFFFEU) == 0xFFFEU;  // the last two of each plane are no characters
}

}  // namespace

Result<std::string> prepare(View text) {
  if (!codec::is_utf8(text)) return fail(peer_error(Code::syntax, "name or password is not UTF-8"));
  std::string prepared;
  prepared.reserve(text.size());
  while (!text.empty()) {
    const char32_t c = codec::take_code_point(text);
    if (contains(kSpaces, c)) {
      prepared += ' ';
    } else if (contains(kNothing, c) || c == kByteOrderMark) {
      continue;
    } else if (is_prohibited(c)) {
      return fail(peer_error(Code::syntax, "prohibited character in a name or password"));
    } else {
      codec::append_code_point(prepared, c);
    }
  }
  if (prepared.empty()) return fail(peer_error(Code::syntax, "empty name or password"));
  return prepared;
}

}  // namespace posthorn::sasl
