// Regular expressions as a match type (draft-ietf-sieve-regex-01).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension regex;

}  // namespace posthorn::sieve::extensions
