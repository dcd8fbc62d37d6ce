// Asking for extensions, and errors of a script's own (RFC 5463).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension ihave;

}  // namespace posthorn::sieve::extensions
