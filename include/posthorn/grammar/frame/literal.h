// IMAP and ManageSieve literals: the announcement at the end of a line (RFC 9051 section 4.3, RFC 7888, RFC 5804).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::frame {

struct Literal {
  std::size_t at = 0;        ///< offset of its first octet ("{" or "~") in the line
  std::uint64_t octets = 0;  ///< the largest number when the announced one is larger than that
  bool waits = true;         ///< the client sends the octets only after a continuation request; false for "{n+}"
  bool binary = false;       ///< "~{n}" (RFC 3516): the octets may hold NUL
  bool operator==(const Literal&) const = default;
};

/// The literal that `line` (without its CRLF) announces at its end; nullopt when it announces none.
[[nodiscard]] constexpr std::optional<Literal> literal_at_end(View line) {
  if (!line.ends_with('}')) return std::nullopt;
  Literal found;
  std::size_t end = line.size() - 1;
  if (end > 0 && line[end - 1] == '+') {
    found.waits = false;
    --end;
  }
  std::size_t begin = end;
  while (begin > 0 && chars::kDigit[line[begin - 1]]) --begin;
  if (begin == end || begin == 0 || line[begin - 1] != '{') return std::nullopt;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = begin; i < end; ++i) {
    const auto digit = static_cast<std::uint64_t>(line[i] - '0');
    found.octets = found.octets > (kMax - digit) / 10 ? kMax : found.octets * 10 + digit;
  }
  found.at = begin - 1;
  if (found.at > 0 && line[found.at - 1] == '~') {
    found.binary = true;
    --found.at;
  }
  return found;
}

/// Whether the kept end of a line that was too long is nothing but the end of an announcement: octets follow, and nobody
/// knows how many.
[[nodiscard]] constexpr bool is_cut_literal(View tail) {
  if (!tail.ends_with('}')) return false;
  tail.remove_suffix(tail.ends_with("+}") ? 2 : 1);
  for (char c : tail) {
    if (!chars::kDigit[c]) return false;
  }
  return !tail.empty();
}

}  // namespace posthorn::frame
