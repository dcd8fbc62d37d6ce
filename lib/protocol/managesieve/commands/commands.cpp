#include <algorithm>

#include "protocol/managesieve/commands/all.h"

namespace posthorn::managesieve {

const CommandSpec* find_command(std::span<const CommandSpec> rows, View name) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const CommandSpec& r) { return same_word(r.name, name); });
  return row == rows.end() ? nullptr : &*row;
}

std::span<const CommandSpec> all_commands() { return commands::kCommands; }

}  // namespace posthorn::managesieve
