// Case folding for searching text, not for comparing identifiers.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Well-formed UTF-8 with case taken away: ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic, one code point to one.
/// Octets that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string fold_case(View text);

}  // namespace posthorn::codec
