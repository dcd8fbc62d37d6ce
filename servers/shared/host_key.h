// The key of this host: a file beside the store that wraps what the store must not give away alone.
#pragma once

#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"

#include "shared/settings.h"

namespace posthorn::servers {

/// Settings::signing_host_key, or host.key in the data directory.
[[nodiscard]] std::string host_key_file(const Settings& settings);

/// @errors not_found, denied (others may read the file), syntax (it is not 64 hexadecimal digits), unavailable
[[nodiscard]] Result<Secret> read_host_key(const std::string& path);

/// The same; makes the file, durably, where it is missing. Two processes that do it at once get one key.
[[nodiscard]] Result<Secret> make_host_key(const std::string& path, Random& random);

}  // namespace posthorn::servers
