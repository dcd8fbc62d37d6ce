// A copy of what is sent (RFC 8580).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension fcc;

}  // namespace posthorn::sieve::extensions
