// ":count" and ":value" (RFC 5231).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension relational;

}  // namespace posthorn::sieve::extensions
