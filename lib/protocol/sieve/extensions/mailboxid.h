// Mailboxes by their ids (RFC 9042).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension mailboxid;

}  // namespace posthorn::sieve::extensions
