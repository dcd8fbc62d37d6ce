// Testing the body (RFC 5173).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension body;

}  // namespace posthorn::sieve::extensions
