// The port through which IMAP commands reach mailboxes; service/mailbox implements it.
//
// One user, one object; one session, one SelectedMailbox. Calls may block on the store: the driver runs them on a worker.
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

namespace posthorn::imap {

using Uid = Strong<std::uint32_t, struct UidTag>;                  ///< RFC 9051 section 2.3.1.1
using SeqNum = Strong<std::uint32_t, struct SeqNumTag>;            ///< section 2.3.1.2; counts from 1
using UidValidity = Strong<std::uint32_t, struct UidValidityTag>;  ///< section 2.3.1.1
using ModSeq = Strong<std::uint64_t, struct ModSeqTag>;            ///< RFC 7162 section 3.1

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
  bool exists = true;        ///< false: only a subscription or a parent in the path
  bool has_children = false;
  bool subscribed = false;
  SpecialUse use = SpecialUse::none;
};

struct MailboxStatus {
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  std::uint64_t octets = 0;
  UidValidity uid_validity;
  Uid uid_next;
  ModSeq highest_modseq;
  std::uint64_t mailbox_id = 0;  ///< stable through RENAME (RFC 8474)
};

/// What a session knows of a message without reading its body.
struct MessageFacts {
  Uid uid;
  Flags flags;
  WallTime internal_date;
  std::uint64_t octets = 0;
  ModSeq modseq;
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
  UidValidity uid_validity;    ///< of the target
  std::vector<Uid> source;     ///< ascending
  std::vector<Uid> target;     ///< in the order of `source`
};

struct AppendOutcome {
  UidValidity uid_validity;
  Uid uid;
};

/// A message on its way into a mailbox; forgotten when destroyed unfinished.
class Append {
 public:
  virtual ~Append() = default;
  virtual Result<void> write(View octets) = 0;
  virtual Result<AppendOutcome> finish() = 0;
};

/// One session's view of a mailbox: sequence numbers change only inside poll(), expunge() and move().
class SelectedMailbox {
 public:
  virtual ~SelectedMailbox() = default;

  [[nodiscard]] virtual bool read_only() const = 0;
  [[nodiscard]] virtual std::uint32_t exists() const = 0;
  [[nodiscard]] virtual MailboxStatus status() const = 0;         ///< as of the last poll
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
};

/// The mailboxes of one user. Names are UTF-8; "inbox" in any case is INBOX.
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
  /// Starts an APPEND of `octets` octets. @errors not_found (answer TRYCREATE), over_quota
  [[nodiscard]] virtual Result<std::unique_ptr<Append>> append(View name, const Flags& flags,
                                                               std::optional<WallTime> internal_date,
                                                               std::uint64_t octets) = 0;
  /// Calls `changed` soon after anything changed in the account, by whichever process, from any thread.
  virtual void set_watch(std::function<void()> changed) = 0;
};

}  // namespace posthorn::imap
