#include "posthorn/protocol/imap/spec.h"

#include <algorithm>

#include "protocol/imap/commands/all.h"

namespace posthorn::imap {

const CommandSpec* find_command(std::span<const CommandSpec> rows, View name) {
  // Lower case sorts after upper case, so the name is folded first; no name is longer than the buffer.
  char folded[32];
  if (name.size() > sizeof folded) return nullptr;
  std::transform(name.begin(), name.end(), folded, to_upper);
  const View upper(folded, name.size());
  const auto row = std::lower_bound(rows.begin(), rows.end(), upper,
                                    [](const CommandSpec& spec, View wanted) { return spec.name < wanted; });
  return row != rows.end() && row->name == upper ? &*row : nullptr;
}

std::span<const CommandSpec> all_commands() { return commands::kCommands; }

}  // namespace posthorn::imap
