// Lists of networks in settings.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/grammar/ip_address.h"

namespace posthorn::servers {

/// @param key  of the configuration, for the error @errors syntax
[[nodiscard]] Result<std::vector<IpNetwork>> networks(View key, const std::vector<std::string>& texts);

}  // namespace posthorn::servers
