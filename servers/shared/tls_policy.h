// The TLS that connections to other hosts must have, in the words of a configuration.
#pragma once

#include "posthorn/bytes/result.h"
#include "posthorn/service/outbound/tls_policy.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// The policy in the words of a configuration or of a backup domain: a mode, then "name=HOST", "fingerprint=HEX" and
/// "authorities=FILE" as far as it needs them, with spaces between. @errors syntax, misuse (it can not be met)
[[nodiscard]] Result<outbound::TlsPolicy> parse_tls_policy(View text, const Settings& settings);

}  // namespace posthorn::servers
