// Mailboxes by what they are for (RFC 8579).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension special_use;

}  // namespace posthorn::sieve::extensions
