// UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Well-formed UTF-8: shortest forms, no surrogates, at most U+10FFFF.
[[nodiscard]] bool is_utf8(View octets);

/// Only octets below 0x80.
[[nodiscard]] bool is_ascii(View octets);

/// Takes one code point from the front of `octets`, which is not empty; 0xFFFD for a longest beginning of a character
/// that does not go on, or for one octet that begins none (Unicode section 3.9, "maximal subpart").
[[nodiscard]] char32_t take_code_point(View& octets);

/// Appends a code point; U+FFFD for one that has no encoding.
void append_code_point(std::string& out, char32_t code_point);

}  // namespace posthorn::codec
