// Answers while somebody is away (RFC 5230, RFC 6131).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension vacation;
extern const Extension vacation_seconds;

}  // namespace posthorn::sieve::extensions
