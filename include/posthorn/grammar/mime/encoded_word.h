// Encoded words in header fields (RFC 2047) and character sets, to UTF-8.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// Replaces the encoded words of a field body by UTF-8; white space between two of them goes. What is no encoded word
/// stays; octets that are not UTF-8 become U+FFFD, so the result is always well formed.
[[nodiscard]] std::string decode_words(View text);

/// Text in `charset` as well-formed UTF-8; what cannot be read becomes U+FFFD. An unknown charset reads as ASCII, or
/// as UTF-8 where it is that.
[[nodiscard]] std::string to_utf8(View charset, View octets);

/// Whether to_utf8() knows this name.
[[nodiscard]] bool knows_charset(View charset);

}  // namespace posthorn::mime
