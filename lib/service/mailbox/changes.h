// What IMAP commands do to messages, each as a function that fills drafts: as few batches as the store allows, and
// one where everything fits.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/ledger.h"
#include "service/mailbox/records.h"

namespace posthorn::mailbox {

struct FlagRequest {
  imap::FlagChange change;
  const imap::Flags& flags;
  std::optional<imap::ModSeq> unchanged_since;
  std::uint8_t system_mask = 0xFF;               ///< system flags that may change; the others stay as they are
  bool keywords = true;                          ///< keywords may change
  std::optional<store::AccountId> seen_of = {};  ///< \Seen is this visitor's own
};

/// What a session knows of the messages of a mailbox.
struct Known {
  const Records& records;
  std::uint64_t modseq;  ///< of the mailbox when it looked
};

struct UidFlags {
  Uid uid;
  FlagState flags;
};

struct FlagOutcome {
  std::vector<UidFlags> states;       ///< of all messages that are there and were not left alone, as they are now
  std::vector<Uid> left_alone;        ///< modified later than unchanged_since
  std::vector<std::string> keywords;  ///< all keywords of the mailbox, as they are now
  /// Of the mailbox now, when nothing changed in it but by this since the session looked.
  std::optional<std::uint64_t> undisturbed;
};

/// The flags that a message gets, without their modseq.
/// @param keywords indices of the keywords in the request, ascending
[[nodiscard]] FlagState apply_flags(FlagState flags, const FlagRequest& request,
                                    const std::vector<std::uint16_t>& keywords);

/// Changes flags of `uids` (ascending); messages that are gone are passed over. One batch below about 80,000 messages.
/// @param known  spares reading the messages as long as nothing else changes in the mailbox
/// @errors not_found (the mailbox), too_many, syntax, too_long (keywords)
Result<FlagOutcome> change_flags(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids,
                                 const FlagRequest& request, const Known& known);

/// Removes those of `uids` (ascending) that exist and, with `only_deleted`, still have \Deleted; their bodies go with
/// the same batch unless other messages share them. One batch below about 150,000 messages.
/// @returns the uids that were removed
Result<std::vector<Uid>> expunge(Ledger& ledger, MailboxId mailbox, const std::vector<Uid>& uids, bool only_deleted);

enum class Transfer : std::uint8_t { copy, move };

/// Finished bodies that messages get instead of the ones they have. The first message that gets one keeps it and the
/// others share it, in as many batches as that takes.
class Replacements {
 public:
  void add(BlobId old, Body body) { bodies_.insert_or_assign(old, std::move(body)); }
  /// nullptr: messages with this body keep it.
  [[nodiscard]] const Body* find(BlobId old) const;
  [[nodiscard]] std::size_t size() const { return bodies_.size(); }
  /// A batch is filled, or filled anew because another writer was faster.
  void begin_batch() { named_.clear(); }
  /// One more message of this batch names the new body. @errors conflict: it was removed since an earlier batch
  Result<void> name(Draft& draft, const Body& body);
  /// The batch is in the store.
  void committed() { kept_.merge(named_); }
  /// The new bodies that no batch has kept, as far as this process knows.
  [[nodiscard]] std::vector<BlobId> unkept() const;

 private:
  std::map<BlobId, Body> bodies_;  // by the old ones
  std::set<BlobId> kept_;          // by batches in the store
  std::set<BlobId> named_;         // by the batch that is filled
};

/// Whether so many messages with so many octets more fit. @errors over_quota
[[nodiscard]] Result<void> check_room(const AccountRow& account, const Quota& quota, std::uint64_t messages,
                                      std::uint64_t octets);

/// Runs `step(draft, at)` until it has moved `at` to `count`; each run is one batch, which `committed` follows.
/// @errors those of the step and of Ledger::write()
Result<void> in_batches(Ledger& ledger, std::size_t count,
                        const std::function<Result<std::size_t>(Draft&, std::size_t)>& step,
                        const std::function<void()>& committed);

/// What a changed message row costs a batch, at worst.
[[nodiscard]] std::size_t cost_of(const MessageRow& row);

/// Copies or moves `uids` (ascending) into `target`; bodies are shared, not copied. One batch below about 60,000
/// messages; otherwise each batch leaves every message in one or both mailboxes, never in none.
/// @errors not_found (either mailbox), over_quota (copy), too_many (keywords of the target)
Result<imap::CopyOutcome> transfer(Ledger& ledger, MailboxId source, const std::vector<Uid>& uids, MailboxId target,
                                   Transfer kind, const Quota& quota, Replacements* replacements = nullptr);

}  // namespace posthorn::mailbox
