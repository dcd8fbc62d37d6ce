// Looking at the parts of a message (RFC 5703 section 4).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension mime_extension;

}  // namespace posthorn::sieve::extensions
