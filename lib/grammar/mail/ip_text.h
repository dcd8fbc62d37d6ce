// IP addresses in text form (RFC 3986 section 3.2.2 has the grammar).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "posthorn/grammar/char_set.h"

namespace posthorn::mail {

/// The octets of four numbers of one to three digits up to 255.
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 4>> ipv4_octets(View text) {
  std::array<std::uint8_t, 4> octets{};
  std::size_t part = 0;
  unsigned number = 0, digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<unsigned>(c - '0');
      if (++digits > 3) return std::nullopt;
      continue;
    }
    if (c != '.' || digits == 0 || number > 255 || part == 3) return std::nullopt;
    octets[part++] = static_cast<std::uint8_t>(number);
    number = digits = 0;
  }
  if (part != 3 || digits == 0 || number > 255) return std::nullopt;
  octets[3] = static_cast<std::uint8_t>(number);
  return octets;
}

/// The octets of the groups of 16 bits in a text without "::", an IPv4 address at its end being two; nullopt also for
/// more groups than an address has.
struct Ipv6Groups {
  std::array<std::uint8_t, 16> octets{};
  std::size_t count = 0;  ///< of octets
};
[[nodiscard]] constexpr std::optional<Ipv6Groups> ipv6_groups(View text) {
  Ipv6Groups groups;
  std::size_t at = 0, from = 0;  // behind the octet that is looked at, where its group begins
  unsigned number = 0, digits = 0;
  for (const char c : text) {
    ++at;
    const char lower = to_lower(c);
    const bool decimal = c >= '0' && c <= '9';
    if (decimal || (lower >= 'a' && lower <= 'f')) {
      number = number << 4U | static_cast<unsigned>(lower - (decimal ? '0' : 'a' - 10));
      if (++digits > 4) return std::nullopt;
      if (at < text.size()) continue;
    } else if (c == '.') {
      const auto last = ipv4_octets(text.substr(from));
      if (!last || groups.count + last->size() > groups.octets.size()) return std::nullopt;
      for (const std::uint8_t octet : *last) groups.octets[groups.count++] = octet;
      return groups;
    } else if (c != ':' || digits == 0 || at == text.size()) {
      return std::nullopt;
    }
    if (groups.count == groups.octets.size()) return std::nullopt;
    groups.octets[groups.count++] = static_cast<std::uint8_t>(number >> 8U);
    groups.octets[groups.count++] = static_cast<std::uint8_t>(number & 0xFFU);
    from = at;
    number = digits = 0;
  }
  return groups;
}

/// The octets of eight groups, or of fewer around one "::"; no zone.
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 16>> ipv6_octets(View text) {
  std::array<std::uint8_t, 16> octets{};
  const std::size_t gap = text.find("::");
  const View front = text.substr(0, gap);
  const auto before = ipv6_groups(front);
  if (!before) return std::nullopt;
  std::copy_n(before->octets.begin(), before->count, octets.begin());
  if (gap == View::npos) return before->count == octets.size() ? std::optional(octets) : std::nullopt;
  const auto after = ipv6_groups(text.substr(gap + 2));
  if (!after || before->count + after->count >= octets.size() || front.find('.') != View::npos) return std::nullopt;
  std::copy_n(after->octets.begin(), after->count, octets.end() - static_cast<std::ptrdiff_t>(after->count));
  return octets;
}

}  // namespace posthorn::mail
