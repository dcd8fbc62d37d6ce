// Asking the host (RFC 5183).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension environment;

}  // namespace posthorn::sieve::extensions
