// The resolver that settings ask for.
#pragma once

#include "posthorn/io/dns_client.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// Without somebody who hears of what goes wrong: DnsOptions::notify.
[[nodiscard]] io::DnsOptions dns_options(const Settings& settings);

}  // namespace posthorn::servers
