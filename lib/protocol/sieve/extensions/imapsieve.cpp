#include "protocol/sieve/extensions/imapsieve.h"

namespace posthorn::sieve::extensions {

// Its items of the environment are known to the test: "imap.cause" and the like.
constexpr Extension imapsieve{.name = "imapsieve", .source = "RFC 6785"};

}  // namespace posthorn::sieve::extensions
