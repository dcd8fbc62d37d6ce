// Annotations of mailboxes and of the server (RFC 5490 sections 4, 5).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension mboxmetadata;
extern const Extension servermetadata;

}  // namespace posthorn::sieve::extensions
