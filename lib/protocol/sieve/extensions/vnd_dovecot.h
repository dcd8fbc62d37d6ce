// What scripts for Pigeonhole use: its log, and its environment as variables.
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

extern const Extension vnd_dovecot_debug;
extern const Extension vnd_dovecot_environment;

}  // namespace posthorn::sieve::extensions
