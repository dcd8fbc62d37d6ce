// Base64 (RFC 4648 section 4), whole values; the streaming decoder for message bodies is in decoder.h.
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// With padding, without line breaks.
[[nodiscard]] std::string base64_encode(View octets);

/// Strict: full padding, zero trailing bits, no white space; nullopt for anything else.
[[nodiscard]] std::optional<std::string> base64_decode(View text);

}  // namespace posthorn::codec
