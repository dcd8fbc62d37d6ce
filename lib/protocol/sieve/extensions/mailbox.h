// Testing and making mailboxes (RFC 5490 section 3).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension mailbox;

}  // namespace posthorn::sieve::extensions
