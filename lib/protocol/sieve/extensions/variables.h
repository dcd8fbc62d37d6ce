// Variables (RFC 5229).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension variables;

}  // namespace posthorn::sieve::extensions
