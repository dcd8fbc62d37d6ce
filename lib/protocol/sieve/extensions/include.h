// Scripts inside of scripts (RFC 6609).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension include_extension;

}  // namespace posthorn::sieve::extensions
