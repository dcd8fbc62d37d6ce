// Conditions and the end of a script (RFC 5228 section 3).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension control;

}  // namespace posthorn::sieve::extensions
