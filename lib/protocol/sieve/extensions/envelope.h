// Testing the envelope (RFC 5228 section 5.4).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension envelope;

}  // namespace posthorn::sieve::extensions
