// Walking the parts of a message (RFC 5703 section 3).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/grammar/mime/parser.h"
#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

/// The loops that a run is in, the outermost first.
struct Loops {
  struct Loop {
    std::string name;
    mime::PartId at;
    bool replaced = false;  ///< what is inside of the part is not walked
  };
  std::vector<Loop> open;
  std::size_t leaving = 0;  ///< how many of the innermost ones `break` ends
};

extern const Extension foreverypart;

}  // namespace posthorn::sieve::extensions
