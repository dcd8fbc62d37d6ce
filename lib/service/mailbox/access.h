// What the user of a session may do in the mailboxes of one account, asked anew for each command.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "posthorn/service/mailbox/limits.h"
#include "posthorn/service/mailbox/sharing.h"

#include "service/mailbox/rows.h"

namespace posthorn::mailbox {

/// The rights of a visitor by an ACL: what its entries give together, or only the overriding ones where any of these
/// means him; then what entries with "-" take. @errors those of Visitor::is()
[[nodiscard]] Result<imap::Rights> rights_by(const AclRow& acl, const Visitor& visitor);

/// The entries of a mailbox; none when nobody but the owner has rights. @errors corrupt
[[nodiscard]] Result<AclRow> read_acl(const store::Partition& partition, MailboxId id);

/// Changes one identifier's rights; an entry without rights goes. @errors too_many, syntax, too_long (the identifier)
[[nodiscard]] Result<void> change_entry(AclRow& acl, View identifier, imap::RightsChange change, imap::Rights rights,
                                        const Limits& limits);

/// Remembers an answer as long as neither the account nor what is known of the visitor changes. One thread at a time,
/// but for stamp().
class Access {
 public:
  /// @param visitor  null: the owner, who may do everything. @lifetime `partition` outlives this object
  Access(const store::Partition& partition, std::shared_ptr<const Visitor> visitor)
      : partition_(partition), visitor_(std::move(visitor)) {}

  /// nullptr for the owner.
  [[nodiscard]] const Visitor* visitor() const { return visitor_.get(); }
  [[nodiscard]] const std::shared_ptr<const Visitor>& shared_visitor() const { return visitor_; }
  /// Whether \Seen is this user's own, and not that of the messages.
  [[nodiscard]] bool has_own_seen() const { return visitor_ != nullptr && visitor_->has_own_seen(); }

  [[nodiscard]] Result<imap::Rights> rights(MailboxId id) const;
  /// @errors not_found without the right to look up, denied without one of the others
  [[nodiscard]] Result<void> require(MailboxId id, imap::Rights needed) const;
  /// Another number when a visitor's groups may have changed.
  [[nodiscard]] std::uint64_t stamp() const { return visitor_ == nullptr ? 0 : visitor_->stamp(); }

 private:
  const store::Partition& partition_;
  const std::shared_ptr<const Visitor> visitor_;
  mutable std::map<MailboxId, imap::Rights> known_;
  mutable std::pair<std::uint64_t, std::uint64_t> known_at_;  // stamps of the account and the visitor
};

}  // namespace posthorn::mailbox
