// What an account keeps in mind for a while: rows that tell a name only to who asks for it (docs/formats/mailbox.md).
#pragma once

#include <cstdint>

#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/draft.h"

namespace posthorn::mailbox {

/// @errors unavailable: Remembrance::news, and somebody was faster
[[nodiscard]] Result<void> put_memory(Draft& draft, AccountId account, const Remembrance& what, WallTime now);
[[nodiscard]] Result<bool> remembers(const store::Partition& partition, AccountId account, View name, WallTime now);
/// Removes the rows whose time is over. @returns how many
Result<std::uint64_t> expire_memory(store::Partition& partition, WallTime now);

}  // namespace posthorn::mailbox
