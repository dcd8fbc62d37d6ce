// What IMAP commands do to messages, each as a function that fills drafts: as few batches as the store allows, and
// one where everything fits.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/ledger.h"

namespace posthorn::mailbox {

struct FlagRequest {
  imap::FlagChange change;
  const imap::Flags& flags;
  std::optional<imap::ModSeq> unchanged_since;
};

struct FlagOutcome {
  std::vector<UidRow> rows;           ///< of all messages that are there and were not left alone, as they are now
  std::vector<Uid> left_alone;        ///< modified later than unchanged_since
  std::vector<std::string> keywords;  ///< all keywords of the mailbox, as they are now
};

/// The row that a message gets, without its modseq.
/// @param keywords indices of the keywords in the request, ascending
[[nodiscard]] MessageRow apply_flags(MessageRow row, const FlagRequest& request,
                                     const std::vector<std::uint16_t>& keywords);

/// Changes flags of `uids` (ascending); messages that are gone are passed over. One batch below about 80,000 messages.
/// @errors not_found (the mailbox), too_many, syntax, too_long (keywords)
Result<FlagOutcome> change_flags(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids,
                                 const FlagRequest& request);

/// Removes those of `uids` (ascending) that exist and, with `only_deleted`, still have \Deleted; their bodies go with
/// the same batch unless other messages share them. One batch below about 150,000 messages.
/// @returns the uids that were removed
Result<std::vector<Uid>> expunge(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids, bool only_deleted);

enum class Transfer : std::uint8_t { copy, move };

/// Finished bodies that messages get instead of the ones they have, by these.
using Replacements = std::map<BlobId, Body>;

/// Copies or moves `uids` (ascending) into `target`; bodies are shared, not copied. One batch below about 60,000
/// messages; otherwise each batch leaves every message in one or both mailboxes, never in none.
/// @errors not_found (either mailbox), over_quota (copy), too_many (keywords of the target)
Result<imap::CopyOutcome> transfer(Ledger& ledger, MailboxId source, const std::vector<Uid>& uids, View target,
                                   Transfer kind, const Quota& quota, const Replacements* replacements = nullptr);

}  // namespace posthorn::mailbox
