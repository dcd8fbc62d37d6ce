// The tests that every script has (RFC 5228 section 5).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension tests;

}  // namespace posthorn::sieve::extensions
