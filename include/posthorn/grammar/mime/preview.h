// A line of text that says what a message is about (RFC 8970, JMAP's "preview" of RFC 8621 section 4.1.4).
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// What RFC 8970 section 3.1 recommends; the most it allows is 256. Code points.
inline constexpr std::size_t kPreviewCharacters = 200;
/// Decoded octets of the bodies that are looked at, all parts together: HTML often begins with much that is not shown.
inline constexpr std::size_t kPreviewOctets = 131'072;

/// The beginning of what the sender wrote, as one line of UTF-8: white space collapsed; without quotes and the line
/// that introduces them, signatures, rules, URLs and invisible characters. Never cut inside a character that is
/// composed of several code points. Empty where there is nothing to read, as in an encrypted message.
[[nodiscard]] std::string preview(const Message& message, PartId root = PartId(0),
                                  std::size_t characters = kPreviewCharacters);

/// The same for a plain text that is at hand.
[[nodiscard]] std::string preview_text(View text, std::size_t characters = kPreviewCharacters);

}  // namespace posthorn::mime
