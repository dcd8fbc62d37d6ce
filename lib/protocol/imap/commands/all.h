// All commands: one line each.
#pragma once

#include <array>

#include "protocol/imap/commands/noop.h"

namespace posthorn::imap::commands {

inline constexpr auto kCommands = sorted(std::array{
    noop::spec,
});

}  // namespace posthorn::imap::commands
