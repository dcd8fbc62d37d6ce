// Who may do what in a FakeAccount, its quotas and annotations: the parts of FakeMailboxes that know no messages.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/testing/fake_mailboxes.h"

namespace posthorn::testing {

/// One session's side of the ACLs, quotas and annotations. @lifetime borrows the account
class FakeAccess {
 public:
  FakeAccess(FakeAccount& account, std::string login) : account_(account), login_(std::move(login)) {}

  /// Everything in the user's own mailboxes; elsewhere what the ACL says.
  [[nodiscard]] imap::Rights rights(View name, const FakeAccount::Box& box) const;
  /// A mailbox in which the user may do this. @errors not_found, denied, FakeAccount::failure
  [[nodiscard]] Result<std::shared_ptr<FakeAccount::Box>> reach(View name, imap::Rights needed = {}) const;
  /// Whether this name may be made: its parent, if there is one, must allow it. @errors syntax, denied
  [[nodiscard]] Result<void> may_make(View name) const;

  [[nodiscard]] Result<std::vector<imap::AclEntry>> acl(View name) const;
  [[nodiscard]] Result<void> set_acl(View name, View identifier, imap::RightsChange change, imap::Rights rights) const;
  [[nodiscard]] Result<imap::GrantableRights> grantable(View name, View identifier) const;

  [[nodiscard]] std::vector<imap::QuotaRoot> roots() const;
  [[nodiscard]] Result<imap::QuotaRoot> set_quota(View root, std::span<const imap::QuotaUse> limits) const;

  [[nodiscard]] Result<std::vector<imap::MetadataEntry>> metadata(View name) const;
  [[nodiscard]] Result<void> set_metadata(View name, std::span<const imap::MetadataEntry> entries) const;

 private:
  [[nodiscard]] bool is_own(View name) const { return !name.starts_with('#'); }

  FakeAccount& account_;
  std::string login_;
};

}  // namespace posthorn::testing
