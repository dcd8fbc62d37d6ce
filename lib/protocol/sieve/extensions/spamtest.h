// What filters say of a message (RFC 5235).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension spamtest;
extern const Extension spamtestplus;
extern const Extension virustest;

}  // namespace posthorn::sieve::extensions
