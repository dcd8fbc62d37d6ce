// The charsets we know: one row each.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// For each octet its UTF-8: the octets from the lowest bits on, how many in the two highest, and kReplaced
/// where the charset has no character.
using OctetTable = std::array<std::uint32_t, 256>;
inline constexpr std::uint32_t kReplaced = 0x0100'0000U;
constexpr std::uint32_t table_entry(char32_t code_point) {
  const auto c = static_cast<std::uint32_t>(code_point);
  if (c < 0x80) return c | 1U << 30U;
  if (c < 0x800) return (0xC0U | c >> 6U) | (0x80U | (c & 0x3FU)) << 8U | 2U << 30U;
  return (0xE0U | c >> 12U) | (0x80U | (c >> 6U & 0x3FU)) << 8U | (0x80U | (c & 0x3FU)) << 16U | 3U << 30U |
         (c == 0xFFFD ? kReplaced : 0U);
}

/// Writes the octets of an entry, and rubbish up to four.
inline char* write_entry(char* to, std::uint32_t entry) {
  std::uint32_t octets = entry;
  if constexpr (std::endian::native == std::endian::big) octets = __builtin_bswap32(octets);
  std::memcpy(to, &octets, sizeof octets);
  return to + (entry >> 30U);
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
  /// Two octets that are another character than the converter says.
  struct Exception {
    std::uint16_t octets;
    char16_t character;
  };
  std::span<const Exception> exceptions = {};
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

/// Whether two names are one, by letters and digits alone and in any case.
[[nodiscard]] bool is_same_charset_name(View a, View b);

/// What counts in a name: a letter in lower case or a digit; '\0' for anything else.
constexpr char counted(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0';
}
/// The same for names that are the same (FNV-1a).
constexpr std::uint32_t name_hash(View name) {
  std::uint32_t hash = 0x811C'9DC5U;
  for (const char c : name) {
    if (counted(c) != '\0') hash = (hash ^ static_cast<unsigned char>(counted(c))) * 0x0100'0193U;
  }
  return hash;
}

struct NamedRow {
  std::uint32_t hash;
  std::uint32_t row;
  View name;
};
/// All names of a table, by their hashes.
template <const auto& kRows>
inline constexpr auto kNameIndex = [] {
  constexpr std::size_t kNames = [] {
    std::size_t count = 0;
    for (const Charset& row : kRows) count += 1 + static_cast<std::size_t>(std::ranges::count(row.names, ' '));
    return count;
  }();
  std::array<NamedRow, kNames> index{};
  std::size_t at = 0;
  for (std::uint32_t row = 0; row < kRows.size(); ++row) {
    for (View rest = kRows[row].names; !rest.empty();) {
      const View name = rest.substr(0, rest.find(' '));
      index[at++] = {name_hash(name), row, name};
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
  }
  std::ranges::sort(index, {}, &NamedRow::hash);
  return index;
}();

template <const auto& kRows>
const Charset* find_in(View name) {
  const auto found = std::ranges::equal_range(kNameIndex<kRows>, name_hash(name), {}, &NamedRow::hash);
  for (const NamedRow& entry : found) {
    if (is_same_charset_name(entry.name, name)) return &kRows[entry.row];
  }
  return nullptr;
}

}  // namespace posthorn::codec
