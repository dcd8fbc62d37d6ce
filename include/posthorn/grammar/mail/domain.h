// Domain names in one spelling (RFC 5890, UTS 46).
#pragma once

#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mail {

/// Lower-case A-labels (IDNA 2008 with the mapping of UTS 46, non-transitional): "Köln.example" and
/// "XN--KLN-SNA.EXAMPLE" give "xn--kln-sna.example". @errors syntax (no domain name; address literals are none)
[[nodiscard]] Result<std::string> ascii_domain(View name);

/// The same name with U-labels where it has A-labels that stand for some. @errors as ascii_domain()
[[nodiscard]] Result<std::string> unicode_domain(View name);

}  // namespace posthorn::mail
