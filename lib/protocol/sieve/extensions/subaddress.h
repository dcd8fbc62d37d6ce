// ":user" and ":detail" (RFC 5233).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension subaddress;

}  // namespace posthorn::sieve::extensions
