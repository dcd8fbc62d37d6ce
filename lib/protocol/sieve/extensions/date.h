// Dates of fields, and now (RFC 5260 sections 4, 5).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension date_extension;

}  // namespace posthorn::sieve::extensions
