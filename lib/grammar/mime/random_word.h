// Words that nobody guesses and nobody has used before.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// 24 letters and digits: 120 random bits.
[[nodiscard]] inline std::string random_word(Random& random) {
  constexpr View kLetters = "0123456789abcdefghijkmnpqrstuvwx";
  static_assert(kLetters.size() == 32);
  std::array<std::byte, 24> octets{};
  random.fill(octets);
  std::string out;
  for (const std::byte octet : octets) out += kLetters[std::to_integer<std::size_t>(octet) % kLetters.size()];
  return out;
}

}  // namespace posthorn::mime
