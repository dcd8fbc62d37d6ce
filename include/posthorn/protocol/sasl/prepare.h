// Preparation of login names and passwords, so that both ends compare the same octets (SASLprep, RFC 4013).
#pragma once

#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::sasl {

/// Prepares a login name or password: SASLprep without its normalisation step.
///
/// Non-ASCII spaces become SPACE and characters that are invisible by design vanish (RFC 4013 section 2.1); control
/// characters, private use, non-characters and the other prohibited ones (section 2.3) are refused. ASCII is returned
/// as it is. Unicode normalisation (NFKC) and the rules for bidirectional text are left out: a name or password beyond
/// ASCII must be typed in the same form each time, which is what one person's devices do in practice (they give NFC).
///
/// @errors syntax: no well-formed UTF-8, a prohibited character, or nothing left
[[nodiscard]] Result<std::string> prepare(View text);

}  // namespace posthorn::sasl
