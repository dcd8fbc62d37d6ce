// Flags as scripts write them (RFC 5232) and as mailboxes have them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::filtering {

/// Flags that no client may set, as \Recent, are left out.
[[nodiscard]] imap::Flags flags_of(std::span<const std::string> words);
[[nodiscard]] std::vector<std::string> words_of(const imap::Flags& flags);

}  // namespace posthorn::filtering
