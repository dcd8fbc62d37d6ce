// "${hex:...}" and "${unicode:...}" in strings (RFC 5228 section 2.4.2.4).
#pragma once

#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension encoded_character;

/// Puts in what is meant; what only looks like it stays. @errors syntax: a number that is no character
[[nodiscard]] Result<std::string> decode_characters(View text);

}  // namespace posthorn::sieve::extensions
