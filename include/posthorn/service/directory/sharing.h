// Who may be named where mailboxes are shared: groups, public namespaces, and who shares anything with whom.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/store/store.h"

namespace posthorn::directory {

using store::AccountId;

/// Users under one name, "$name" in an ACL.
struct Group {
  std::string name;
  std::vector<std::string> members;  ///< addresses of mailboxes, sorted
};

/// Mailboxes that belong to nobody, below "#NAME/"; they are an account without a login and an address.
struct PublicSpace {
  AccountId id;
  std::string name;
  std::uint64_t quota_octets = 0;  ///< 0: no limit
  std::uint32_t quota_messages = 0;
};

/// Most octets of the name of a group or a public namespace.
inline constexpr std::size_t kMaxShareName = 64;
/// Most members of one group.
inline constexpr std::size_t kMaxGroupMembers = 10'000;

/// How ACLs name a user: by account number, which nobody gets again when the login is given to somebody else.
[[nodiscard]] std::string user_identifier(AccountId id);

/// Safe to call from many threads; every call but stamp() may block.
class Sharing {
 public:
  virtual ~Sharing() = default;

  /// Another number after every change of the directory: what was read after it was asked holds as long as it stays.
  /// Costs nothing.
  [[nodiscard]] virtual std::uint64_t stamp() const = 0;

  /// @errors exists, syntax: letters of ASCII, digits, '.', '_' and '-' inside; large letters become small
  virtual Result<void> add_group(View name) = 0;
  virtual Result<void> remove_group(View name) = 0;  ///< @errors not_found
  [[nodiscard]] virtual Result<std::vector<Group>> groups() = 0;
  [[nodiscard]] virtual Result<bool> has_group(View name) = 0;
  /// @errors not_found (the group, the mailbox), too_many
  virtual Result<void> add_member(View group, View address) = 0;
  virtual Result<void> remove_member(View group, View address) = 0;  ///< @errors not_found
  /// The groups of a mailbox, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> groups_of(AccountId member) = 0;

  /// @errors exists, syntax: as for a group, but letters stay as they are and compare without case
  virtual Result<PublicSpace> add_public(View name) = 0;
  /// Removes it with all mail in it. @errors not_found
  virtual Result<void> remove_public(View name) = 0;
  virtual Result<void> set_public_quota(View name, std::uint64_t octets, std::uint32_t messages) = 0;
  [[nodiscard]] virtual Result<std::vector<PublicSpace>> publics() = 0;

  /// Remembers that an ACL of the account is going to name somebody, so that his LIST looks there. Never taken back
  /// while the account is there: the ACL decides.
  /// @param identifier  as ACLs keep it (docs/formats/mailbox.md)
  virtual Result<void> announce(AccountId owner, View identifier) = 0;
  /// The accounts that were announced to an identifier, ascending.
  [[nodiscard]] virtual Result<std::vector<AccountId>> sharers(View identifier) = 0;
};

}  // namespace posthorn::directory
