// Well-formed UTF-8 found fast, and what stands where it ends.
#pragma once

#include <cstddef>
#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Octets at the front that are below 0x80.
[[nodiscard]] std::size_t ascii_prefix(View octets);

/// Octets at the front that are whole, well-formed characters.
[[nodiscard]] std::size_t utf8_prefix(View octets);
/// The same without the processor's vectors.
[[nodiscard]] std::size_t utf8_prefix_by_octet(View octets);

/// What stands at the front of octets.
struct Utf8Character {
  enum class State : std::uint8_t { whole, broken, cut };
  State state;
  /// Of the character; of what has to be replaced by one U+FFFD: a longest beginning of a character ("maximal subpart",
  /// Unicode section 3.9), or one octet.
  std::uint8_t octets;
  char32_t code_point;
};
/// @param octets  not empty; `cut` is what more octets may make whole
[[nodiscard]] Utf8Character character_at(View octets);

}  // namespace posthorn::codec
