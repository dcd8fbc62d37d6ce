// Sets of octets as constexpr values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn {

/// A set of octet values; `set[c]` asks, `+`, `-` and `~` combine.
class CharSet {
 public:
  constexpr CharSet() = default;
  constexpr CharSet(const char* members) {  // NOLINT(google-explicit-constructor): "abc" reads as a set
    for (; *members != '\0'; ++members) add(*members);
  }
  constexpr bool operator[](char c) const {
    const auto u = static_cast<unsigned char>(c);
    return ((bits_[u >> 6U] >> (u & 63U)) & 1U) != 0;
  }
  [[nodiscard]] constexpr std::size_t count() const {
    std::size_t n = 0;
    for (int c = 0; c < 256; ++c) n += (*this)[static_cast<char>(c)] ? 1 : 0;
    return n;
  }
  constexpr CharSet operator+(const CharSet& o) const {
    CharSet r = *this;
    for (std::size_t i = 0; i < 4; ++i) r.bits_[i] |= o.bits_[i];
    return r;
  }
  constexpr CharSet operator-(const CharSet& o) const {
    CharSet r = *this;
    for (std::size_t i = 0; i < 4; ++i) r.bits_[i] &= ~o.bits_[i];
    return r;
  }
  constexpr CharSet operator~() const {
    CharSet r;
    for (std::size_t i = 0; i < 4; ++i) r.bits_[i] = ~bits_[i];
    return r;
  }
  constexpr CharSet& add(char c) {
    const auto u = static_cast<unsigned char>(c);
    bits_[u >> 6U] |= std::uint64_t{1} << (u & 63U);
    return *this;
  }
  /// All octets from `first` to `last`, both included.
  static constexpr CharSet range(unsigned first, unsigned last) {
    CharSet r;
    for (unsigned c = first; c <= last; ++c) r.add(static_cast<char>(c));
    return r;
  }

 private:
  std::array<std::uint64_t, 4> bits_{};
};

namespace chars {
inline constexpr CharSet kDigit = CharSet::range('0', '9');                                      // RFC 5234 B.1
inline constexpr CharSet kAlpha = CharSet::range('A', 'Z') + CharSet::range('a', 'z');           // RFC 5234 B.1
inline constexpr CharSet kAlnum = kDigit + kAlpha;
inline constexpr CharSet kHex = kDigit + CharSet("ABCDEFabcdef");
inline constexpr CharSet kCtl = CharSet::range(0x00, 0x1F) + CharSet::range(0x7F, 0x7F);         // RFC 5234 B.1
inline constexpr CharSet kVisible = CharSet::range(0x21, 0x7E);                                  // VCHAR
inline constexpr CharSet kEightBit = CharSet::range(0x80, 0xFF);
inline constexpr CharSet kSpace = CharSet(" \t");                                                // WSP
inline constexpr CharSet kAtext = kAlnum + CharSet("!#$%&'*+-/=?^_`{|}~");                       // RFC 5322 3.2.3
}  // namespace chars

/// ASCII lower case of one octet; other octets stay.
[[nodiscard]] constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
/// ASCII upper case of one octet; other octets stay.
[[nodiscard]] constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
/// Compares with ASCII case folded: the rule for keywords in all mail protocols.
[[nodiscard]] constexpr bool same_word(View a, View b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

}  // namespace posthorn
