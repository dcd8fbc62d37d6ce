// Message numbers as arguments (RFC 1939 section 5): 1 and up.
#pragma once

#include <cstdint>
#include <optional>

#include "posthorn/bytes/result.h"
#include "posthorn/grammar/cursor.h"

namespace posthorn::pop3::commands {

/// SP number
[[nodiscard]] Result<std::uint32_t> parse_number(Cursor& c);
/// [SP number]
[[nodiscard]] Result<std::optional<std::uint32_t>> parse_optional_number(Cursor& c);
/// The number names no message, or one that is marked.
[[nodiscard]] inline Error no_message() { return peer_error(Code::not_found); }

}  // namespace posthorn::pop3::commands
