// The mail of one account: mailboxes, messages, uids, flags, modseqs, quota counters, as rows of its partition.
//
// The object is shared by all sessions of the process for that account (Accounts::open); it serialises writers, so
// that commits conflict only with other processes, and it joins deliveries that arrive together into one batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/mailbox/limits.h"
#include "posthorn/service/store/store.h"

namespace posthorn::mailbox {

using store::AccountId;
using store::BlobId;

/// Room in an account; 0: no limit.
struct Quota {
  std::uint64_t octets = 0;
  std::uint32_t messages = 0;
};

/// A finished body that shall become a message.
struct NewMessage {
  std::string mailbox;  ///< UTF-8 name
  BlobId blob;          ///< finished, not yet kept
  std::uint64_t octets = 0;
  imap::Flags flags;
  WallTime internal_date;
  bool create_mailbox = false;  ///< make the mailbox when it is missing (delivery)
};

/// A message as POP3, export and checks see it.
struct StoredMessage {
  imap::Uid uid;
  BlobId blob;
  std::uint64_t octets = 0;
  imap::Flags flags;
  WallTime internal_date;
};

class Account {
 public:
  virtual ~Account() = default;

  /// Makes INBOX and the special-use mailboxes where they are missing.
  virtual Result<void> provision() = 0;
  /// A body to be named by a NewMessage; written anew for each try.
  [[nodiscard]] virtual Result<std::unique_ptr<store::BlobWriter>> write_body() = 0;
  [[nodiscard]] virtual Result<std::string> read_body(BlobId blob, std::uint64_t offset, std::uint64_t count) const = 0;
  /// Adds a message; returns when it is durable and visible. Calls that wait at the same time share a batch, and one
  /// that fails does not hurt the others.
  /// @errors not_found (no such mailbox), over_quota, too_long (the message), too_many, syntax (keywords)
  virtual Result<imap::AppendOutcome> add(const NewMessage& message) = 0;
  /// @errors over_quota when `octets` more would not fit
  [[nodiscard]] virtual Result<void> room_for(std::uint64_t octets) const = 0;

  [[nodiscard]] virtual Result<imap::UidValidity> uid_validity(View mailbox) const = 0;
  [[nodiscard]] virtual Result<std::vector<StoredMessage>> messages(View mailbox) const = 0;
  /// Removes messages for good, in as few batches as the store allows; those that are gone already are no error.
  virtual Result<void> remove(View mailbox, std::span<const imap::Uid> uids) = 0;
  [[nodiscard]] virtual Result<std::vector<imap::MailboxInfo>> list() const = 0;

  /// The IMAP port for one session.
  [[nodiscard]] virtual std::unique_ptr<imap::Mailboxes> session() = 0;

  /// Compares rows, counters and bodies; one sentence for each thing that is wrong.
  virtual Result<void> check(const std::function<void(View)>& problem) const = 0;
};

/// The accounts that are in use in this process: at most one Account object per id.
class Accounts {
 public:
  [[nodiscard]] static std::unique_ptr<Accounts> make(store::Store& store, const Clock& clock,
                                                      const Limits& limits = {});
  virtual ~Accounts() = default;
  [[nodiscard]] virtual Result<std::shared_ptr<Account>> open(AccountId id, Quota quota) = 0;
};

}  // namespace posthorn::mailbox
