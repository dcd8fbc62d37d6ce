// The charsets we know: one row each.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// For each octet its UTF-8: the octets from the lowest bits on, how many they are in the highest octet, and kReplaced
/// where the charset has no character.
using OctetTable = std::array<std::uint32_t, 256>;
inline constexpr std::uint32_t kReplaced = 0x8000'0000U;
constexpr std::uint32_t table_entry(char32_t code_point) {
  const auto c = static_cast<std::uint32_t>(code_point);
  if (c < 0x80) return c | 1U << 24U;
  if (c < 0x800) return (0xC0U | c >> 6U) | (0x80U | (c & 0x3FU)) << 8U | 2U << 24U;
  return (0xE0U | c >> 12U) | (0x80U | (c >> 6U & 0x3FU)) << 8U | (0x80U | (c & 0x3FU)) << 16U | 3U << 24U |
         (c == 0xFFFD ? kReplaced : 0U);
}

/// Writes the octets of an entry, and rubbish up to four.
inline char* write_entry(char* to, std::uint32_t entry) {
  std::uint32_t octets = entry;
  if constexpr (std::endian::native == std::endian::big) octets = __builtin_bswap32(octets);
  std::memcpy(to, &octets, sizeof octets);
  return to + (entry >> 24U & 3U);
}

/// Characters of one octet below 0x80, and of several that begin above it.
struct MultiOctet {
  /// By the octets of a character so far and the next one: where that leads.
  using Steps = std::array<std::array<std::uint8_t, 256>, 4>;
  static constexpr std::uint8_t kWhole = 0;  // and where a character begins
  static constexpr std::uint8_t kBroken = 0xFF;
  Steps steps;
  const char* converter;        // the machine's name for it
  const char* other = nullptr;  // asked where the first has no character
  char32_t octet_80 = 0;        // the character that 0x80 alone is, or 0
};

enum class Scheme : std::uint8_t {
  utf8,
  utf7,
  utf16,
  utf16be,
  utf16le,
  utf32,
  utf32be,
  utf32le,
  iso2022,
  hz,
  multi_octet,
  single_octet
};

struct Charset {
  View names;  // with spaces between them; the first is the one to write
  Scheme scheme;
  const MultiOctet* characters = nullptr;
  const OctetTable* table = nullptr;
  bool extends_ascii = false;  // every octet below 0x80 is that character, wherever a character begins
};

/// The charset of this name; nullptr where there is none.
[[nodiscard]] const Charset* find_charset(View name);
/// The same among those of one octet for a character.
[[nodiscard]] const Charset* find_single_octet_charset(View name);

/// Whether `name` is one of `names`, by letters and digits alone and in any case.
[[nodiscard]] bool is_charset_name(View names, View name);

}  // namespace posthorn::codec
