// Scripts that run when a mailbox changes (RFC 6785).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension imapsieve;

}  // namespace posthorn::sieve::extensions
