// ":copy": an action beside the implicit keep (RFC 3894).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension copy;

}  // namespace posthorn::sieve::extensions
