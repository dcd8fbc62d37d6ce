// IP addresses in text form (RFC 3986 section 3.2.2 has the grammar).
#pragma once

#include <cstddef>
#include <optional>

#include "posthorn/grammar/char_set.h"

namespace posthorn::mail {

/// Four numbers of one to three digits up to 255.
[[nodiscard]] constexpr bool is_ipv4(View text) {
  for (int part = 0; part < 4; ++part) {
    std::size_t digits = 0;
    int number = 0;
    for (; digits < text.size() && digits < 3 && chars::kDigit[text[digits]]; ++digits) {
      number = number * 10 + (text[digits] - '0');
    }
    if (digits == 0 || number > 255) return false;
    text.remove_prefix(digits);
    if (part == 3) return text.empty();
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
  }
  return false;
}

/// How many groups of 16 bits stand in `text`, which has no "::"; an IPv4 address at its end counts for two.
[[nodiscard]] constexpr std::optional<std::size_t> ipv6_groups(View text) {
  std::size_t count = 0;
  while (!text.empty() && count < 9) {
    const View group = text.substr(0, text.find(':'));
    const bool last = group.size() == text.size();
    if (last && is_ipv4(group)) return count + 2;
    if (group.empty() || group.size() > 4 || text.substr(group.size()) == ":") return std::nullopt;
    for (const char c : group) {
      if (!chars::kHex[c]) return std::nullopt;
    }
    ++count;
    text.remove_prefix(last ? group.size() : group.size() + 1);
  }
  return count;
}

/// Eight groups, or fewer around one "::"; no zone.
[[nodiscard]] constexpr bool is_ipv6(View text) {
  const std::size_t gap = text.find("::");
  if (gap == View::npos) return ipv6_groups(text) == 8;
  const View front = text.substr(0, gap);
  const auto before = ipv6_groups(front);
  const auto after = ipv6_groups(text.substr(gap + 2));
  return before && after && *before + *after < 8 && front.find('.') == View::npos;
}

}  // namespace posthorn::mail
