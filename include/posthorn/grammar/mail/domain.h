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

/// What stands behind the last @ of an address; all of it where there is none.
[[nodiscard]] View domain_of(View address);

/// A domain in the one spelling by which it is known where mail goes: ascii_domain(), or as it stands where it is none,
/// as address literals are.
[[nodiscard]] std::string routing_domain(View domain);

}  // namespace posthorn::mail
