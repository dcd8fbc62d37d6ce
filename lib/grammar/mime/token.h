// The words of MIME fields (RFC 2045 section 5.1).
#pragma once

#include "posthorn/grammar/char_set.h"

namespace posthorn::mime {

/// What a token may have, and the octets above ASCII that people send in it.
inline constexpr CharSet kToken = ~(CharSet("()<>@,;:\\\"/[]?= ") + chars::kCtl);

}  // namespace posthorn::mime
