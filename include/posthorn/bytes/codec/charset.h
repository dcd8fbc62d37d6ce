// Character sets, to UTF-8.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Text in `charset` as well-formed UTF-8; what cannot be read becomes U+FFFD. An unknown charset reads as ASCII, or
/// as UTF-8 where it is that.
[[nodiscard]] std::string to_utf8(View charset, View octets);

/// Whether to_utf8() knows this name.
[[nodiscard]] bool knows_charset(View charset);

}  // namespace posthorn::codec
