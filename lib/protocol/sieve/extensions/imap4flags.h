// Flags of filed messages (RFC 5232).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension imap4flags;

}  // namespace posthorn::sieve::extensions
