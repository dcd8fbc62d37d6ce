// Noticing what came before (RFC 7352).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension duplicate;

}  // namespace posthorn::sieve::extensions
