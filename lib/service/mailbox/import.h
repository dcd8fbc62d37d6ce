// Messages that come from another account: copied through bodies, so that they are stored as their new mailbox is set.
#pragma once

#include <memory>
#include <span>

#include "posthorn/service/mailbox/sharing.h"

#include "service/mailbox/stored_account.h"

namespace posthorn::mailbox {

/// Octets and messages that one batch takes.
inline constexpr std::uint64_t kImportOctets = 32U << 20U;
inline constexpr std::size_t kImportMessages = 256;

/// @param visitor  null: the owner. @errors not_found, denied
[[nodiscard]] Result<std::unique_ptr<Import>> make_import(std::shared_ptr<StoredAccount> account, View mailbox,
                                                          std::shared_ptr<const Visitor> visitor);

/// Copies messages of a view (ascending) through an import; those that are gone meanwhile are passed over. When it
/// fails, nothing is left of it once the import is destroyed.
/// @errors of both; sealed (a message that this session cannot open)
[[nodiscard]] Result<imap::CopyOutcome> carry(imap::SelectedMailbox& source, std::span<const Uid> messages,
                                              Import& target);

}  // namespace posthorn::mailbox
