// Receipts: that a delivery has become a message, written by the batch that stores it (docs/formats/mailbox.md).
//
// They make a delivery that is repeated happen once, and they are the ledger of what this account has accepted.
#pragma once

#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/draft.h"

namespace posthorn::mailbox {

[[nodiscard]] Result<bool> has_receipt(const store::Partition& partition, View name);
/// @errors exists (permanent): a delivery of this name was stored before
Result<void> check_receipt(const Draft& draft, View name);
/// @param id  0: the delivery leaves no message
void put_receipt(Draft& draft, View name, MailboxId id, Uid uid);

/// @returns those that are wrong
Result<ReceiptSums> check_receipts(const store::Partition& partition, const std::function<void(View)>& fault);
/// Removes those of before `before`. @returns how many
Result<std::uint64_t> expire_receipts(store::Partition& partition, WallTime before);

}  // namespace posthorn::mailbox
