// Lists that the host keeps (RFC 6134).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension extlists;

}  // namespace posthorn::sieve::extensions
