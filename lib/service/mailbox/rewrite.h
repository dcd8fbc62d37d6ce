// Messages that are stored in another way than the mailbox is set: written anew before they are moved or copied, or all
// of them where they are.
//
// The new body is written first, without holding the account; a batch then names the new one and drops the old one. So
// a message is there in its old form or in its new one, whatever fails between.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "posthorn/service/mailbox/account.h"

#include "service/mailbox/bodies.h"
#include "service/mailbox/changes.h"
#include "service/mailbox/ledger.h"

namespace posthorn::mailbox {

/// New bodies for old ones. Those that no batch has kept are forgotten with this object.
class Rewriter {
 public:
  /// @lifetime all outlive this object
  Rewriter(Bodies& bodies, Reader& reader, vault::Setting setting)
      : bodies_(bodies), reader_(reader), setting_(std::move(setting)) {}
  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;
  ~Rewriter() { clear(); }

  /// How messages are written anew here.
  [[nodiscard]] const vault::Setting& setting() const { return setting_; }
  /// Whether new mail is still stored so. Ask before a batch names the new bodies. @errors those of Bodies::setting()
  [[nodiscard]] Result<bool> is_current() const;
  /// Begins anew, as new mail is stored now. @errors those of Bodies::setting()
  Result<void> begin();
  /// Whether the message must be written anew and can be: one that does not open stays as it is, wherever it goes.
  /// @errors those of the store that say nothing about the message
  [[nodiscard]] Result<bool> wants(const MessageRow& row);
  /// Writes the message anew. @errors those of the store; corrupt (damaged further behind, or another size)
  Result<void> rewrite(const MessageRow& row);
  [[nodiscard]] Replacements& replacements() { return replacements_; }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  /// Forgets the new bodies, in the store those that no batch has kept.
  void clear();

 private:
  Bodies& bodies_;
  Reader& reader_;
  vault::Setting setting_;
  Replacements replacements_;
  std::uint64_t octets_ = 0;
};

/// Octets that are written anew before a batch takes them.
inline constexpr std::uint64_t kRewriteOctets = 32U << 20U;
inline constexpr std::size_t kRewriteMessages = 256;

/// As transfer(), for messages that may have to be written anew: then in several batches. Of a copy that fails nothing
/// is left.
Result<imap::CopyOutcome> transfer_as_set(Ledger& ledger, Rewriter& rewriter, MailboxId source,
                                          const std::vector<Uid>& uids, MailboxId target, Transfer kind,
                                          const Quota& quota);

/// As Account::reprocess(). Stops when new mail is not stored as `rewriter` does it any more: then something is left.
Result<Reprocessed> reprocess(Ledger& ledger, Rewriter& rewriter,
                              const std::function<bool(std::uint64_t, std::uint64_t)>& go_on);

}  // namespace posthorn::mailbox
