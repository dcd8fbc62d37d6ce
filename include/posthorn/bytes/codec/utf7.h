// Modified UTF-7 of IMAP mailbox names (RFC 3501 section 5.1.3).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// @param name well-formed UTF-8
[[nodiscard]] std::string utf7_encode(View name);

/// The UTF-8 name; nullopt unless `text` is what utf7_encode() gives for it (no other spelling is accepted).
[[nodiscard]] std::optional<std::string> utf7_decode(View text);

}  // namespace posthorn::codec
