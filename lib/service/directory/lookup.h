// Reads rows and follows aliases: from an address to the mailboxes that get its mail.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/store/store.h"

#include "service/directory/rows.h"

namespace posthorn::directory {

/// A row and the revision that wrote it, for changing it under an expectation.
template <class T>
struct Found {
  T row;
  store::Revision written;
};

/// One read each; nullopt where there is no such row.
[[nodiscard]] Result<std::optional<Found<Domain>>> find_domain(const store::Partition& rows, View name);
[[nodiscard]] Result<std::optional<Found<rows::MailboxRow>>> find_mailbox(const store::Partition& rows,
                                                                          const mail::Mailbox& address);
[[nodiscard]] Result<std::optional<Found<Alias>>> find_alias(const store::Partition& rows,
                                                             const mail::Mailbox& address);

/// Whether a backup domain takes mail for the address as far as this server knows: always, but where it has a list.
[[nodiscard]] Result<bool> may_relay(const store::Partition& rows, const Domain& domain, const mail::Mailbox& address);

/// Whether the domain has mailboxes, aliases or alias domains. @param name  in normal form
[[nodiscard]] Result<bool> has_entries(const store::Partition& rows, View name);
/// Makes removal of the domain conflict with what the batch adds to it. @errors unsupported (no domain of ours)
[[nodiscard]] Result<Domain> hold_domain(const store::Partition& rows, store::Batch& batch, View name);
/// The rows whose key starts with the prefix. @errors of `parse` and of the store
template <class T>
[[nodiscard]] Result<std::vector<T>> list_rows(const store::Partition& rows, const std::string& prefix,
                                               Result<T> (*parse)(View, View)) {
  std::vector<T> found;
  std::optional<Error> broken;
  const auto seen = rows.scan(prefix, store::after_prefix(prefix), [&](View key, View value, store::Revision) {
    auto row = parse(key, value);
    if (row) {
      found.push_back(std::move(*row));
    } else {
      broken = row.error();
    }
    return !broken;
  });
  if (!seen) return fail(seen.error());
  if (broken) return fail(*broken);
  return found;
}

/// Where mail for an address in normal form goes; the order of rules is in docs/formats/directory.md.
class Expansion {
 public:
  explicit Expansion(const store::Partition& rows) : rows_(rows) {}

  /// @errors as Directory::resolve()
  [[nodiscard]] Result<Resolution> resolve(const mail::Mailbox& address);
  /// Whether an entry of its own or a rule takes mail for the address, or its primary may; does not follow aliases.
  [[nodiscard]] Result<bool> is_known(const mail::Mailbox& address);

 private:
  /// Follows or finds one address without any rule; true where it has an entry.
  Result<bool> entry(const mail::Mailbox& address, const std::string& detail, int depth);
  Result<bool> rules(const mail::Mailbox& address, const Domain& domain, const std::string& detail, int depth);
  Result<void> follow(const Alias& alias, const std::string& detail, int depth);
  struct Pending {
    mail::Mailbox address;
    std::string detail;
    int depth;
    std::string given;  ///< the address as mail to another host has it; empty: the one that was asked for
  };
  Result<void> address(const Pending& next);
  void add(const Account& account, const std::string& detail);
  /// @returns false: it is there already
  bool add_remote(const std::string& given);

  const store::Partition& rows_;
  Resolution found_;
  std::deque<Pending> pending_;    ///< targets, nearest first: the depth limit cuts nothing that is near on another way
  std::set<std::string> visited_;  ///< aliases, by address
  bool dry_ = false;               ///< only look whether there is an entry
  bool inactive_ = false;          ///< something on the way was switched off
};

}  // namespace posthorn::directory
