// Another text for a part, or for the message (RFC 5703 section 5).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension replace;

}  // namespace posthorn::sieve::extensions
