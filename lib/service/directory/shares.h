// Groups, public namespaces and the index of shares, as rows of the directory.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/store/store.h"

#include "service/directory/changes.h"
#include "service/directory/rows.h"

namespace posthorn::directory {

/// Safe to call from many threads.
class Shares : public Sharing {
 public:
  /// @param finish  erases the partitions of accounts whose removal has begun
  /// @lifetime all outlive this object
  Shares(store::Partition& rows, Changes& changes, std::function<Result<void>()> finish)
      : rows_(rows), changes_(changes), finish_(std::move(finish)) {}

  std::uint64_t stamp() const override { return rows_.stamp(); }
  Result<void> add_group(View name) override;
  Result<void> remove_group(View name) override;
  Result<std::vector<Group>> groups() override;
  Result<bool> has_group(View name) override;
  Result<void> add_member(View group, View address) override;
  Result<void> remove_member(View group, View address) override;
  Result<std::vector<std::string>> groups_of(AccountId member) override;
  Result<PublicSpace> add_public(View name) override;
  Result<void> remove_public(View name) override;
  Result<void> set_public_quota(View name, std::uint64_t octets, std::uint32_t messages) override;
  Result<std::vector<PublicSpace>> publics() override;
  Result<void> announce(AccountId owner, View identifier) override;
  Result<std::vector<AccountId>> sharers(View identifier) override;

  /// Takes an account that is removed out of all groups and the index.
  Result<void> forget(AccountId id, store::Batch& batch) const;

 private:
  struct FoundGroup {
    std::vector<AccountId> members;
    store::Revision written;
  };
  [[nodiscard]] Result<std::optional<FoundGroup>> find_group(View name) const;
  /// Changes the members of a group in one batch with the row of the member.
  Result<void> edit_members(View group, View address, bool joins);
  [[nodiscard]] Result<PublicSpace> find_public(View name) const;

  store::Partition& rows_;
  Changes& changes_;
  const std::function<Result<void>()> finish_;
};

/// Takes the next account number. @errors of the store, corrupt
[[nodiscard]] Result<AccountId> take_account_number(const store::Partition& rows, store::Batch& batch);

}  // namespace posthorn::directory
