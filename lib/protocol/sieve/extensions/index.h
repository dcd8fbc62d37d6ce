// ":index" and ":last" (RFC 5260 section 6).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension index;

}  // namespace posthorn::sieve::extensions
