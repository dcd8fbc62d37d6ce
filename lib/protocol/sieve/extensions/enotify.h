// Notifications (RFC 5435).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension enotify;

}  // namespace posthorn::sieve::extensions
