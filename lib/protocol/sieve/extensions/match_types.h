// ":is", ":contains" and ":matches" (RFC 5228 section 2.7.1).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

/// The default.
extern const MatchType kIsType;
extern const Extension match_types;

/// Compiles the constant keys of a test: collated by its comparator, prepared by its match type.
void prepare_keys(Check& check);

}  // namespace posthorn::sieve::extensions
