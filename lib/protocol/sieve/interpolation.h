// "${name}" in strings (RFC 5229 section 3).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/limits.h"

#include "protocol/sieve/code.h"

namespace posthorn::sieve {

/// Takes a string apart; `out` gets pieces if there are variables in it. What only looks like a variable stays as it
/// is.
/// @returns what is wrong
[[nodiscard]] std::optional<std::string> interpolate(View value, Program& program, const Limits& limits, Text& out);

/// The number of a variable, which is new if need be; nullopt: there are too many.
/// @param name  any case
[[nodiscard]] std::optional<std::uint32_t> declare(Program& program, const Limits& limits, View name);
/// identifier: a letter or "_", then letters, digits and "_".
[[nodiscard]] bool is_identifier(View name);

}  // namespace posthorn::sieve
