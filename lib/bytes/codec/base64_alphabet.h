// The alphabet of RFC 4648 section 4 and its inverse.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

inline constexpr View kBase64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Value of each octet, -1 for those outside the alphabet.
inline constexpr std::array<std::int8_t, 256> kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kBase64Alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

}  // namespace posthorn::codec
