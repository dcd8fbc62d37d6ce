// Filing a message into a mailbox (RFC 5228 section 4.1).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension fileinto;

}  // namespace posthorn::sieve::extensions
