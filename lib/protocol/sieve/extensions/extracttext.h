// The text of a part in a variable (RFC 5703 section 7).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension extracttext;

}  // namespace posthorn::sieve::extensions
