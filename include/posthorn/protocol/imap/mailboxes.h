// The port through which IMAP commands reach mailboxes; service/mailbox implements it.
//
// One user, one object; one session, one SelectedMailbox. Calls may block on the store: the driver runs them on a
// worker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/strong.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/namespaces.h"
#include "posthorn/protocol/imap/rights.h"

namespace posthorn::imap {

using Uid = Strong<std::uint32_t, struct UidTag>;                  ///< RFC 9051 section 2.3.1.1
using SeqNum = Strong<std::uint32_t, struct SeqNumTag>;            ///< section 2.3.1.2; counts from 1
using UidValidity = Strong<std::uint32_t, struct UidValidityTag>;  ///< section 2.3.1.1
using ModSeq = Strong<std::uint64_t, struct ModSeqTag>;            ///< RFC 7162 section 3.1

/// Numbers from `first` to `last`, both included.
struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const Range&) const = default;
};

/// The path separator of mailbox names.
inline constexpr char kDelimiter = '/';

/// System flags (RFC 9051 section 2.3.2), a bit each.
enum class SystemFlag : std::uint8_t { seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16 };

/// The flags of one message.
struct Flags {
  std::uint8_t system = 0;            ///< SystemFlag bits
  std::vector<std::string> keywords;  ///< as first spelled; compared with ASCII case ignored; sorted
  [[nodiscard]] bool has(SystemFlag f) const { return (system & static_cast<std::uint8_t>(f)) != 0; }
  bool operator==(const Flags&) const = default;
};

/// Special uses (RFC 6154 section 2).
enum class SpecialUse : std::uint8_t { none, archive, drafts, flagged, junk, sent, trash, all };

struct MailboxInfo {
  std::string name;  ///< UTF-8, path with kDelimiter; "INBOX" in capitals
  bool selectable = true;
  bool exists = true;  ///< false: only a subscription or a parent in the path
  bool has_children = false;
  bool subscribed = false;
  SpecialUse use = SpecialUse::none;
  Rights rights = Rights::all();  ///< of the user who asks
};

struct MailboxStatus {
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  std::uint64_t octets = 0;
  UidValidity uid_validity;
  Uid uid_next;
  ModSeq highest_modseq;
  std::uint64_t deleted_octets = 0;  ///< of the messages with \Deleted (RFC 9208 section 5.1)
  std::string mailbox_id;            ///< objectid, stable through RENAME (RFC 8474 section 4)
};

/// What a session knows of a message without reading its body.
struct MessageFacts {
  Uid uid;
  Flags flags;
  WallTime internal_date;
  std::optional<WallTime> save_date;  ///< when it came into this mailbox (RFC 8514); nullopt: nobody knows
  std::uint64_t octets = 0;
  ModSeq modseq;
  std::string email_id;   ///< objectid, the same for copies (RFC 8474 section 5.1); empty: none
  std::string thread_id;  ///< objectid (section 5.2); empty: none
};

/// A change that other sessions made, in the order in which the client must hear of it.
struct Change {
  enum class Kind : std::uint8_t { expunged, exists, flags };
  Kind kind;
  SeqNum number;  ///< expunged, flags: the message; exists: the new count
  Uid uid;        ///< expunged, flags
};

enum class FlagChange : std::uint8_t { replace, add, remove };

struct CopyOutcome {
  UidValidity uid_validity;  ///< of the target
  std::vector<Uid> source;   ///< ascending
  std::vector<Uid> target;   ///< in the order of `source`
};

struct AppendOutcome {
  UidValidity uid_validity;     ///< of the target
  std::vector<Uid> uids;        ///< of the messages, in their order
  std::vector<Change> changes;  ///< of SelectedMailbox::replace(): what to report of the selected mailbox, in order
};

/// Messages on their way into a mailbox: all of them come in, or none. Forgotten when destroyed unfinished.
///
///     begin, (announce, write...)..., begin, (announce, write...)..., finish
class Append {
 public:
  virtual ~Append() = default;
  /// The next message begins. @errors too_many (messages, keywords), syntax, too_long (keywords)
  virtual Result<void> begin(const Flags& flags, std::optional<WallTime> internal_date) = 0;
  /// So many octets more of this message will come: asked before the client may send them. @errors too_long, over_quota
  virtual Result<void> announce(std::uint64_t octets) = 0;
  virtual Result<void> write(View octets) = 0;
  /// One batch with all messages. @errors not_found (the target), over_quota, too_many; conflict (permanent: the
  /// message to be replaced is gone)
  virtual Result<AppendOutcome> finish() = 0;
};

/// One session's view of a mailbox: sequence numbers change only inside poll(), expunge() and move().
class SelectedMailbox {
 public:
  virtual ~SelectedMailbox() = default;

  [[nodiscard]] virtual bool read_only() const = 0;
  /// What this user may do in it; rights that are taken away meanwhile count from the next command on.
  [[nodiscard]] virtual Rights rights() const { return Rights::all(); }
  [[nodiscard]] virtual std::uint32_t exists() const = 0;
  [[nodiscard]] virtual MailboxStatus status() const = 0;  ///< as of the last poll
  [[nodiscard]] virtual std::vector<std::string> keywords() const = 0;
  /// The message with this number; 1 <= number <= exists().
  [[nodiscard]] virtual Uid uid_at(SeqNum number) const = 0;
  /// The number of a message, nullopt when it is not in the view.
  [[nodiscard]] virtual std::optional<SeqNum> number_of(Uid uid) const = 0;
  /// The lowest number whose uid is >= `uid`; exists() + 1 when there is none.
  [[nodiscard]] virtual SeqNum lower_bound(Uid uid) const = 0;
  /// Flags and facts as this session's client should see them.
  [[nodiscard]] virtual const MessageFacts& facts(SeqNum number) const = 0;

  /// Octets [offset, offset + count) of a message, fewer at its end. @errors not_found when it is expunged elsewhere
  [[nodiscard]] virtual Result<std::string> read(SeqNum number, std::uint64_t offset, std::uint64_t count) = 0;
  /// What summary.h tells of this message, as it was made when the message came; empty: there is none, read the
  /// message.
  [[nodiscard]] virtual Result<std::string> summary(SeqNum number) {
    (void)number;
    return std::string();
  }
  /// False only when none of the texts of this message, header or contents, holds this text: then SEARCH need not read
  /// it. Cheap. What answers it is in search_digest.h.
  /// @param folded  as SEARCH compares: UTF-8, case folded (codec::fold_case)
  [[nodiscard]] virtual bool may_hold(SeqNum number, View folded) {
    (void)number;
    (void)folded;
    return true;
  }

  /// Takes in what others changed. With `expunges` false, removed messages stay in the view.
  [[nodiscard]] virtual Result<std::vector<Change>> poll(bool expunges) = 0;
  /// UIDs that are gone since then, ascending; more than those when nobody remembers, but none that is in the view
  /// (RFC 7162 section 3.2.5.2).
  [[nodiscard]] virtual Result<std::vector<Range>> vanished_since(ModSeq since) {
    (void)since;
    return everything_missing();
  }
  /// Whether poll() would have something to do; cheap, from any thread.
  [[nodiscard]] virtual bool changed() const = 0;

  /// Changes flags in one batch; the view shows them at once, poll() does not report them again.
  /// @param unchanged_since leave alone what was modified later (RFC 7162 section 3.1.3); nullopt: no condition
  /// @returns the messages left alone because of that condition
  virtual Result<std::vector<Uid>> store_flags(std::span<const SeqNum> messages, FlagChange change, const Flags& flags,
                                               std::optional<ModSeq> unchanged_since) = 0;
  /// Removes the messages with \Deleted (all, or those among `only`) in one batch.
  /// @returns the changes to report, in order
  virtual Result<std::vector<Change>> expunge(const std::vector<Uid>* only) = 0;
  /// @errors not_found when the target does not exist, over_quota
  virtual Result<CopyOutcome> copy(std::span<const SeqNum> messages, View target) = 0;
  /// One batch: the messages are in the target and no longer here. @returns also the expunges to report
  virtual Result<std::pair<CopyOutcome, std::vector<Change>>> move(std::span<const SeqNum> messages, View target) = 0;
  /// Starts a message that takes the place of one here: when it is finished, the new one is in `target` and the old one
  /// is gone, in one batch (RFC 8508). It may need as much more room as it is larger.
  /// @errors not_found (the target), denied, unsupported. @lifetime this object outlives the Append
  [[nodiscard]] virtual Result<std::unique_ptr<Append>> replace(SeqNum number, View target);

 protected:
  /// All UIDs below uid_next that are not in the view.
  [[nodiscard]] std::vector<Range> everything_missing() const;
};

/// The mailboxes that one user reaches. Names are UTF-8; "inbox" in any case is INBOX. Each call looks at the rights
/// anew: what a user may not look up does not exist for him (not_found), what he may not do is denied.
class Mailboxes {
 public:
  virtual ~Mailboxes() = default;

  /// All mailboxes and all subscriptions, sorted by name.
  [[nodiscard]] virtual Result<std::vector<MailboxInfo>> list() = 0;
  [[nodiscard]] virtual Result<MailboxStatus> status(View name) = 0;
  /// Makes missing parents too. @errors exists, syntax (a name that cannot be), too_many
  virtual Result<void> create(View name, SpecialUse use) = 0;
  /// @errors not_found, denied (INBOX), conflict (has children: RFC 9051 section 6.3.5)
  virtual Result<void> remove(View name) = 0;
  /// Renames children too; renaming INBOX moves its messages and leaves it empty (section 6.3.6).
  virtual Result<void> rename(View from, View to) = 0;
  virtual Result<void> subscribe(View name) = 0;
  virtual Result<void> unsubscribe(View name) = 0;
  /// @errors not_found
  [[nodiscard]] virtual Result<std::unique_ptr<SelectedMailbox>> select(View name, bool read_only) = 0;
  /// Starts an APPEND. @errors not_found (answer TRYCREATE), denied
  [[nodiscard]] virtual Result<std::unique_ptr<Append>> append(View name) = 0;

  [[nodiscard]] virtual Namespaces namespaces() const { return {}; }
  /// Octets of the largest message that append() takes (RFC 7889); nullopt: what the session's limit says.
  [[nodiscard]] virtual std::optional<std::uint64_t> append_limit() const { return std::nullopt; }

  // ACL (RFC 4314). A host without shared mailboxes leaves these: everybody has all rights on what is his.
  /// @errors not_found, denied
  [[nodiscard]] virtual Result<std::vector<AclEntry>> acl(View name);
  /// An entry without rights is removed. @errors not_found, denied, conflict (rights that cannot be taken away)
  virtual Result<void> set_acl(View name, View identifier, RightsChange change, Rights rights);
  [[nodiscard]] virtual Result<GrantableRights> grantable(View name, View identifier);
  /// @errors not_found
  [[nodiscard]] virtual Result<Rights> my_rights(View name);

  // QUOTA (RFC 9208).
  /// The roots that a mailbox counts to. @errors not_found, denied
  [[nodiscard]] virtual Result<std::vector<QuotaRoot>> quota_roots(View name);
  /// @errors not_found
  [[nodiscard]] virtual Result<QuotaRoot> quota(View root);
  /// Replaces the limits of a root. @errors denied, not_found
  virtual Result<QuotaRoot> set_quota(View root, std::span<const QuotaUse> limits);

  // METADATA (RFC 5464); an empty name is the server.
  /// All annotations that the user may see. @errors not_found, denied
  [[nodiscard]] virtual Result<std::vector<MetadataEntry>> metadata(View name);
  /// All or nothing. @errors not_found, denied, too_long (a value), too_many
  virtual Result<void> set_metadata(View name, std::span<const MetadataEntry> entries);
  /// Octets of the longest value that set_metadata() takes.
  [[nodiscard]] virtual std::uint64_t metadata_limit() const { return 65'536; }

  /// Another number whenever something that this user may see has changed; cheap, from any thread.
  [[nodiscard]] virtual std::uint64_t generation() const { return 0; }
  /// Calls `changed` soon after anything changed in the account, by whichever process, from any thread.
  virtual void set_watch(std::function<void()> changed) = 0;
};

}  // namespace posthorn::imap
