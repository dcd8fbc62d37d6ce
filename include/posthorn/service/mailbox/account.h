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
#include "posthorn/service/mailbox/body.h"
#include "posthorn/service/mailbox/limits.h"
#include "posthorn/service/mailbox/sharing.h"
#include "posthorn/service/store/store.h"

namespace posthorn::mailbox {

/// The annotation with the name of the Sieve script that runs when an IMAP command does something to a message of a
/// mailbox; of the server: for the mailboxes that have none (RFC 6785 section 2.3.1).
inline constexpr View kEventScript = "/shared/imapsieve/script";

/// Room in an account; 0: no limit.
struct Quota {
  std::uint64_t octets = 0;
  std::uint32_t messages = 0;
};

/// A finished body that shall become a message.
struct NewMessage {
  std::string mailbox;  ///< UTF-8 name
  Body body;            ///< finished, not yet kept
  imap::Flags flags;
  WallTime internal_date;
  bool create_mailbox = false;                    ///< make the mailbox when it is missing (delivery)
  imap::SpecialUse use = imap::SpecialUse::none;  ///< of the mailbox that is made
  /// Where it cannot go there (no such mailbox, a name or a keyword that cannot be): into INBOX, without keywords.
  bool or_inbox = false;
  /// Names the delivery in the account's receipts, ASCII without NUL; empty: none is written.
  std::string receipt;
  bool again = false;  ///< it may have been stored before: look for its receipt first
};

/// Something that an account keeps in mind. Of its name only a digest is stored.
struct Remembrance {
  std::string name;
  WallTime until{};  ///< forgotten then
  /// It was not kept in mind when it was decided what to add: where somebody was faster, nothing is added.
  bool news = false;
};

/// All that one delivery leaves in an account.
struct Parcel {
  /// Those with the same body share it. Their own receipts are not looked at. None: only the receipt tells of it.
  std::vector<NewMessage> messages;
  std::string receipt;  ///< NewMessage::receipt
  bool again = false;   ///< NewMessage::again
  std::vector<Remembrance> remembered;
};

/// What the receipts of an account say.
struct ReceiptSums {
  std::uint64_t receipts = 0;
  std::uint64_t stored = 0;   ///< the message is there
  std::uint64_t deleted = 0;  ///< it was there, and its owner has removed or moved it
  std::uint64_t unkept = 0;   ///< a delivery that left no message (Parcel)
  std::uint64_t faults = 0;
};

/// Where a new message is.
struct Added {
  imap::UidValidity uid_validity;  ///< of its mailbox
  imap::Uid uid;
};

/// A message as POP3, export and checks see it.
struct StoredMessage {
  imap::Uid uid;
  Body body;  ///< its size is exact as far as the keys that were given tell it
  imap::Flags flags;
  WallTime internal_date;
};

/// What Account::reprocess() did.
struct Reprocessed {
  std::uint64_t rewritten = 0;
  std::uint64_t closed = 0;  ///< sealed to keys that are not open, or damaged: left as they are
  std::uint64_t left = 0;    ///< not looked at: the caller stopped, or the mailbox was set in another way
};

class Account {
 public:
  virtual ~Account() = default;

  /// Makes INBOX and the special-use mailboxes where they are missing.
  virtual Result<void> provision() = 0;
  /// A body to be named by a NewMessage; written anew for each try. Sealed when the mailbox is set so.
  /// @errors unavailable: also when nobody can say how it is set, so that nothing is stored plain by mistake
  [[nodiscard]] virtual Result<std::unique_ptr<BodyWriter>> write_body() = 0;
  /// @param keys  what the login opened; null: plain messages only. @lifetime the account outlives the reader
  [[nodiscard]] virtual std::unique_ptr<BodyReader> reader(std::shared_ptr<const vault::OpenKeys> keys = {}) const = 0;
  /// Adds a message; returns when it is durable and visible. The body of one that fails is forgotten. Calls that wait
  /// at the same time share a batch, and one that fails does not hurt the others.
  /// @errors not_found (no such mailbox), over_quota, too_long (the message), too_many, syntax (keywords), exists
  /// (NewMessage::again: it is there already)
  virtual Result<Added> add(const NewMessage& message) = 0;
  /// Adds messages and what is kept in mind with them, all in one batch or nothing; otherwise as for one message.
  /// @errors those of one message; unavailable (Remembrance::news: it is to be decided anew)
  virtual Result<void> add(const Parcel& parcel) = 0;
  /// Whether a delivery of this name has its receipt.
  [[nodiscard]] virtual Result<bool> has_receipt(View name) const = 0;
  /// Whether something is kept in mind now (Parcel::remembered).
  [[nodiscard]] virtual Result<bool> remembers(View name) const = 0;
  /// @errors over_quota when `octets` more would not fit
  [[nodiscard]] virtual Result<void> room_for(std::uint64_t octets) const = 0;

  [[nodiscard]] virtual Result<imap::UidValidity> uid_validity(View mailbox) const = 0;
  [[nodiscard]] virtual Result<std::vector<StoredMessage>> messages(View mailbox,
                                                                    const vault::OpenKeys* keys = nullptr) const = 0;
  /// Removes messages for good, in as few batches as the store allows; those that are gone already are no error.
  virtual Result<void> remove(View mailbox, std::span<const imap::Uid> uids) = 0;
  [[nodiscard]] virtual Result<std::vector<imap::MailboxInfo>> list() const = 0;
  /// The name of the script that runs at IMAP events of a mailbox, as its annotation says, or else the server's;
  /// empty: none. Three rows are read at most. @errors not_found
  [[nodiscard]] virtual Result<std::string> event_script(View mailbox) const = 0;

  /// How others use this account; null: they do not.
  [[nodiscard]] virtual Sharer* sharer() { return nullptr; }
  /// The IMAP port for one session. @param keys  as for reader()
  [[nodiscard]] virtual std::unique_ptr<imap::Mailboxes> session(std::shared_ptr<const vault::OpenKeys> keys = {}) = 0;

  /// Stores every message anew that is stored in another way than the setting wants, or sealed to an old key: uids,
  /// flags and dates stay. A few at a time, each atomically, so it may be stopped and repeated.
  /// @param go_on  called between them with how many are done and how many there are; false stops
  virtual Result<Reprocessed> reprocess(std::shared_ptr<const vault::OpenKeys> keys,
                                        const std::function<bool(std::uint64_t done, std::uint64_t all)>& go_on) = 0;

  /// Compares receipts with messages; one sentence for each delivery that was acknowledged and is not to be found.
  virtual Result<ReceiptSums> check_receipts(const std::function<void(View)>& fault) const = 0;
  /// Forgets the receipts of deliveries before `before`. @returns how many
  virtual Result<std::uint64_t> expire_receipts(WallTime before) = 0;
  /// Removes the rows of what is not kept in mind any more. @returns how many
  virtual Result<std::uint64_t> expire_memory() = 0;

  /// Compares rows, counters and bodies; one sentence for each thing that is wrong.
  virtual Result<void> check(const std::function<void(View)>& problem) const = 0;
};

/// The accounts that are in use in this process: at most one Account object per id.
class Accounts {
 public:
  /// @lifetime `store`, `clock` and what `sealing` names outlive the accounts
  [[nodiscard]] static std::unique_ptr<Accounts> make(store::Store& store, const Clock& clock,
                                                      const Limits& limits = {}, Sealing sealing = {});
  virtual ~Accounts() = default;
  [[nodiscard]] virtual Result<std::shared_ptr<Account>> open(AccountId id, Quota quota) = 0;
};

}  // namespace posthorn::mailbox
