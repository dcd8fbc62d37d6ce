// Encoded words in header fields (RFC 2047), to UTF-8.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// Replaces the encoded words of a field body by UTF-8; white space between two of them goes. What is no encoded word
/// stays; octets that are not UTF-8 become U+FFFD, so the result is always well formed.
[[nodiscard]] std::string decode_words(View text);

}  // namespace posthorn::mime
