// A user as the accounts of others see him: by his account, and by the groups that he is in now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/mailbox/sharing.h"

namespace posthorn::sharing {

/// One thread at a time, but for stamp().
class Guest : public mailbox::Visitor {
 public:
  /// @lifetime `sharing` outlives this object
  Guest(directory::Sharing& sharing, directory::AccountId account, bool own_seen)
      : sharing_(sharing), account_(account), user_(directory::user_identifier(account)), own_seen_(own_seen) {}

  directory::AccountId account() const override { return account_; }
  Result<bool> is(View identifier) const override;
  std::uint64_t stamp() const override { return sharing_.stamp(); }
  bool has_own_seen() const override { return own_seen_; }

  /// All identifiers that mean him and that somebody may share with. @errors unavailable
  [[nodiscard]] Result<std::vector<std::string>> identifiers() const;

 private:
  /// Sorted; as long as the directory does not change, those that were read last.
  [[nodiscard]] Result<void> read_groups() const;

  directory::Sharing& sharing_;
  const directory::AccountId account_;
  const std::string user_;
  const bool own_seen_;
  mutable std::vector<std::string> groups_;
  mutable std::optional<std::uint64_t> groups_at_;  // stamp
};

}  // namespace posthorn::sharing
