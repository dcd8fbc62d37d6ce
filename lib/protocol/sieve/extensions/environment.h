// Asking the host (RFC 5183).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/extension.h"

#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

extern const Extension environment;

/// What the host says; nullopt: there is no such item. Items of extensions are there where those are.
[[nodiscard]] std::optional<std::string> environment_item(Run& run, View name);

}  // namespace posthorn::sieve::extensions
