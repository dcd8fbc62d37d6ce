// Base16 (RFC 4648 section 8).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// The value of one hexadecimal digit in either case, -1 for any other octet.
[[nodiscard]] constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The digits that escapes are written with.
inline constexpr View kUpperHex = "0123456789ABCDEF";

/// Lower-case digits.
[[nodiscard]] std::string hex_encode(View octets);

/// Either case; nullopt for an odd count of digits or anything that is no digit.
[[nodiscard]] std::optional<std::string> hex_decode(View text);

}  // namespace posthorn::codec
