// How texts are compared (RFC 4790, RFC 5228 section 2.7.3, RFC 5051).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

/// i;ascii-casemap: the default.
extern const ComparatorRow kAsciiCasemap;
/// i;octet and i;ascii-casemap, and their names for require.
extern const Extension comparators;
extern const Extension comparator_octet;
extern const Extension comparator_ascii_casemap;
extern const Extension comparator_ascii_numeric;
extern const Extension comparator_unicode_casemap;

}  // namespace posthorn::sieve::extensions
