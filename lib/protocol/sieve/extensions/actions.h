// The actions that every script has (RFC 5228 section 4).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension actions;

}  // namespace posthorn::sieve::extensions
