// The message inside of another (RFC 5703 section 6).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension enclose;

}  // namespace posthorn::sieve::extensions
