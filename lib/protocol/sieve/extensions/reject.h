// Refusing a message (RFC 5429).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension reject;
extern const Extension ereject;

}  // namespace posthorn::sieve::extensions
