// Adding and deleting header fields (RFC 5293).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension editheader;

}  // namespace posthorn::sieve::extensions
