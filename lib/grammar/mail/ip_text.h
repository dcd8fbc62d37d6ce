// IP addresses in text form (RFC 3986 section 3.2.2 has the grammar).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "posthorn/grammar/char_set.h"

namespace posthorn::mail {

/// The worth of a decimal digit; 10 and more: it is none.
[[nodiscard]] constexpr unsigned digit_of(char c) { return static_cast<unsigned>(c) - '0'; }

/// Takes four numbers of one to three digits up to 255 off the front; nullopt: it does not begin with such.
/// @param padded  whether they may have needless zeros
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 4>> take_ipv4(View& text, bool padded = true) {
  std::uint32_t address = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const char* const from = at;
    unsigned number = 0;
    for (; at != end && digit_of(*at) < 10; ++at) number = number * 10 + digit_of(*at);
    const auto digits = static_cast<std::size_t>(at - from);
    if (digits - 1 > 2 || number > 255 || (!padded && digits > 1 && *from == '0')) return std::nullopt;
    address = address << 8U | number;
  }
  text = View(at, end);
  if constexpr (std::endian::native == std::endian::little) address = std::byteswap(address);
  return std::bit_cast<std::array<std::uint8_t, 4>>(address);
}

/// The octets of four numbers of one to three digits up to 255.
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 4>> ipv4_octets(View text) {
  const auto octets = take_ipv4(text);
  return text.empty() ? octets : std::nullopt;
}

/// The worth of digits of hexadecimal numbers; 16: it is none.
inline constexpr auto kHexDigits = [] {
  std::array<std::uint8_t, 256> worth{};
  worth.fill(16);
  for (std::uint8_t i = 0; i < 16; ++i)
    worth[static_cast<unsigned char>("0123456789abcdef"[i])] =
        worth[static_cast<unsigned char>("0123456789ABCDEF"[i])] = i;
  return worth;
}();
[[nodiscard]] constexpr unsigned hex_digit(char c) { return kHexDigits[static_cast<unsigned char>(c)]; }

/// Takes eight groups, or fewer around one "::", off the front; the last two may be an IPv4 address. nullopt: it does
/// not begin with such.
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 16>> take_ipv6(View& text) {
  constexpr std::size_t kNone = 17;
  std::array<std::uint8_t, 16> octets{};
  std::size_t count = 0;    // of octets
  std::size_t gap = kNone;  // before which of them "::" stands
  const char* at = text.data();
  const char* const end = at + text.size();
  if (text.starts_with("::")) {
    gap = 0;
    at += 2;
  }
  while (true) {
    const char* const from = at;
    unsigned number = 0;
    for (; at != end && hex_digit(*at) < 16; ++at) number = number << 4U | hex_digit(*at);
    if (at != end && *at == '.') {
      View last(from, end);
      const auto four = take_ipv4(last);
      if (!four || count > 12) return std::nullopt;
      for (const std::uint8_t octet : *four) octets[count++] = octet;
      at = end - last.size();
      break;
    }
    const auto digits = static_cast<std::size_t>(at - from);
    if (digits == 0 && gap == count) break;
    if (digits - 1 > 3 || count == octets.size()) return std::nullopt;
    octets[count++] = static_cast<std::uint8_t>(number >> 8U);
    octets[count++] = static_cast<std::uint8_t>(number & 0xFFU);
    if (at == end || *at != ':') break;
    ++at;
    if (gap != kNone || at == end || *at != ':') continue;
    ++at;
    gap = count;
  }
  if ((gap == kNone) != (count == octets.size())) return std::nullopt;  // "::" stands for one group at least
  if (gap != kNone) {
    std::ranges::copy_backward(octets.begin() + gap, octets.begin() + count, octets.end());
    std::ranges::fill(octets.begin() + gap, octets.end() - (count - gap), std::uint8_t{0});
  }
  text = View(at, end);
  return octets;
}

/// The octets of eight groups, or of fewer around one "::"; no zone.
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 16>> ipv6_octets(View text) {
  const auto octets = take_ipv6(text);
  return text.empty() ? octets : std::nullopt;
}

}  // namespace posthorn::mail
