// One writer's changes to an account on their way to a batch: counters, names, logs and references stay right by
// construction, whatever the writer does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/service/mailbox/body.h"
#include "posthorn/service/mailbox/limits.h"

#include "service/mailbox/rows.h"

namespace posthorn::mailbox {

/// What writers of this process know of an account without reading: the small tables, as of `revision`.
struct Snapshot {
  std::optional<store::Revision> revision;  ///< of the account row; nullopt: the account is new
  AccountRow account;
  std::map<MailboxId, MailboxRow> mailboxes;
  std::map<MailboxId, std::vector<std::string>> keywords;
  std::map<std::string, NameRow, std::less<>> names;
};

struct UidRow {
  Uid uid;
  MessageRow row;
};

/// Gives a row another body.
void set_body(MessageRow& row, const Body& body);

/// Reads the rows that exist among `uids` (ascending). Neighbours are read by one scan.
[[nodiscard]] Result<std::vector<UidRow>> read_rows(const store::Partition& partition, MailboxId mailbox,
                                                    const std::vector<Uid>& uids);
/// Calls `each` for every message with a uid in [first, end), with its flags as they are now.
Result<void> scan_rows(const store::Partition& partition, MailboxId mailbox, Uid first, std::uint64_t end,
                       const std::function<void(Uid, MessageRow)>& each);
/// As scan_rows(), with the flags that the messages came with: for who asks for their bodies only.
Result<void> scan_bodies(const store::Partition& partition, MailboxId mailbox, Uid first, std::uint64_t end,
                         const std::function<void(Uid, MessageRow)>& each);
/// Calls `each` for every flag block with uids in [first, end).
Result<void> scan_flags(const store::Partition& partition, MailboxId mailbox, Uid first, std::uint64_t end,
                        const std::function<void(std::uint32_t, FlagBlock)>& each);

class Draft {
 public:
  /// @lifetime all arguments outlive the draft
  Draft(const Snapshot& before, const store::Partition& partition, const Limits& limits, WallTime now);

  [[nodiscard]] const store::Partition& partition() const { return partition_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] WallTime now() const { return now_; }
  [[nodiscard]] const AccountRow& account() const { return account_; }
  /// The modseq of every change in this draft.
  [[nodiscard]] std::uint64_t modseq() const { return before_.account.modseq + 1; }

  [[nodiscard]] std::optional<NameRow> find(View name) const;
  /// All names, as this draft leaves them.
  [[nodiscard]] std::vector<std::pair<std::string, NameRow>> names() const;
  /// nullptr when there is no such mailbox (any more).
  [[nodiscard]] const MailboxRow* mailbox(MailboxId id) const;

  /// Makes a mailbox and its missing parents, each with the ACL of its parent; an existing one is returned as it is.
  /// @errors too_many
  Result<MailboxId> make_mailbox(View name, imap::SpecialUse use);
  /// Gives a mailbox another name; the new name is free.
  void rename(View from, View to);
  /// Removes an empty mailbox with its name, keywords and log, and what others have there. @errors of the store
  Result<void> remove_mailbox(View name, MailboxId id);

  /// The indices of keywords in a mailbox, ascending; new words are added. @errors too_many, syntax, too_long
  Result<std::vector<std::uint16_t>> keyword_indices(MailboxId id, const std::vector<std::string>& words);
  [[nodiscard]] const std::vector<std::string>& keywords(MailboxId id) const;

  /// Gives the message the next uid and this draft's modseq. The body is neither kept nor counted here.
  /// @errors too_many (no uid left)
  Result<Uid> add_message(MailboxId id, MessageRow row);
  /// Replaces the flags; their modseq becomes that of the draft.
  /// @param octets  MessageRow::octets  @errors of the store
  Result<void> change_flags(MailboxId id, Uid uid, std::uint64_t octets, const FlagState& before, FlagState& after);
  /// Takes the row away. The body is not released here. @errors of the store
  Result<void> remove_message(MailboxId id, Uid uid, const MessageRow& row);
  /// Reads the flag blocks of `uids` (ascending) with one scan where they lie close together. @errors of the store
  Result<void> load_flags(MailboxId id, std::span<const Uid> uids);

  /// Says that something of a mailbox changed that is in no row of this draft.
  void touch_mailbox(MailboxId id) { touch(id); }
  /// Rows that nothing is counted of.
  void put_beside(View key, View value);
  void erase_beside(View key);

  /// Keeps a new body, with what is told of it without reading it.
  void keep(const Body& body);
  /// Gives a message another body with the same content: the uid and everything that clients see stays.
  /// @errors of the store
  Result<void> change_body(MailboxId id, Uid uid, const MessageRow& old_row, const Body& body);
  /// Forgets a finished body that no message got.
  void forget(BlobId blob) { batch_.drop(blob); }
  /// One more message names the body.
  Result<void> share(BlobId blob);
  /// One message fewer names the body; the last one drops it.
  Result<void> release(BlobId blob);
  /// Reads the reference counts of many bodies with one scan.
  Result<void> load_references(BlobId lowest, BlobId highest);

  /// Whether so many octets more still fit into one batch.
  [[nodiscard]] bool has_room(std::size_t octets) const;
  /// Says that the outcome rests on something that is missing or full: it is checked against the store.
  void doubt() { doubted_ = true; }
  [[nodiscard]] bool is_doubted() const { return doubted_; }
  /// Whether any row changes; forgotten bodies alone are no change.
  [[nodiscard]] bool has_changes() const { return changed_; }

  /// The bodies to forget, when nothing else changes.
  [[nodiscard]] store::Batch take_leftovers() { return std::move(batch_); }
  /// Completes and returns the batch. Call it once, last.
  Result<store::Batch> seal();
  /// Brings a snapshot to what this draft committed.
  void publish(Snapshot& snapshot, store::Revision revision) const;

 private:
  struct Touched {
    MailboxRow row;
    std::vector<Uid> flagged;
    std::vector<Uid> expunged;
  };
  Touched& touch(MailboxId id);
  /// The ACL that a new mailbox with this name gets; empty: none.
  [[nodiscard]] Result<std::string> inherited_acl(View name) const;
  Result<void> count_references(BlobId blob, std::uint32_t*& count);
  void seal_references();
  Result<void> seal_mailbox(MailboxId id, Touched& touched);
  Result<void> trim_log(MailboxId id, MailboxRow& row);
  Result<FlagBlock*> flag_block(MailboxId id, Uid uid);
  void will_change(MailboxId id, Uid uid, const FlagBlock& block);
  void seal_flags();
  /// Counts a message in, or out of, its mailbox.
  void count(MailboxRow& row, std::uint64_t octets, const FlagState& flags, int sign);

  const Snapshot& before_;
  const store::Partition& partition_;
  const Limits& limits_;
  const WallTime now_;
  store::Batch batch_;
  AccountRow account_;
  std::map<MailboxId, std::optional<Touched>> mailboxes_;  // nullopt: removed
  std::map<std::string, std::optional<NameRow>, std::less<>> names_;
  std::map<MailboxId, std::vector<std::string>> keywords_;
  struct Flags {
    std::map<std::pair<MailboxId, std::uint32_t>, FlagBlock> blocks;  // as this draft leaves them
    std::set<std::pair<MailboxId, std::uint32_t>> changed;
    // What was asked for last: messages come one after the other.
    std::pair<MailboxId, std::uint32_t> last;
    FlagBlock* last_block = nullptr;
    bool last_changed = false;
  } flags_;
  struct References {
    std::map<BlobId, std::pair<std::uint32_t, std::uint32_t>> counts;  // blob -> before, now
    std::optional<std::pair<BlobId, BlobId>> loaded;                   // here an absent count is 1
  } references_;
  std::size_t pending_octets_ = 0;  // of rows that seal() adds
  bool doubted_ = false;
  bool changed_ = false;
};

}  // namespace posthorn::mailbox
