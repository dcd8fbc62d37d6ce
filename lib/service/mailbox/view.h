// One session's view of a mailbox: its sequence numbers, and what it must still tell its client.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"

#include "service/mailbox/access.h"
#include "service/mailbox/changes.h"
#include "service/mailbox/records.h"
#include "service/mailbox/seen.h"
#include "service/mailbox/stored_account.h"

namespace posthorn::mailbox {

/// Rows that were read because their neighbours probably come next, in ascending order: the more of them were wanted,
/// the more are read the next time, so that going through a mailbox costs few readings and picking single messages none
/// too many.
class RowsAhead {
 public:
  /// The row, if it was read ahead; it is taken away, with those in front of it.
  [[nodiscard]] std::optional<MessageRow> take(Uid uid);
  /// How many rows to read now that one is missing. Forgets the others.
  [[nodiscard]] std::size_t begin();
  void put(Uid uid, MessageRow row) { rows_.push_back({uid, std::move(row)}); }
  void clear() {
    rows_.clear();
    next_ = 0;
  }

 private:
  static constexpr std::size_t kMost = 64;
  std::vector<UidRow> rows_;
  std::size_t next_ = 0;
  std::size_t count_ = 1;
  std::size_t wanted_ = 0;
};

/// How many summaries to read at once: many while somebody goes through the mailbox.
class SummariesAhead {
 public:
  /// The one at `index` is missing. @returns how many to read from there on
  [[nodiscard]] std::size_t begin(std::size_t index);

 private:
  static constexpr std::size_t kMost = 256;
  std::size_t next_ = 0;  // the index at which a walk goes on
  std::size_t count_ = 1;
};

/// One thread at a time, but for changed().
class MailboxView : public imap::SelectedMailbox {
 public:
  /// A view without its messages; open() makes whole ones.
  MailboxView(std::shared_ptr<StoredAccount> account, const FoundMailbox& found, bool read_only,
              const Entrance& entrance)
      : account_(std::move(account)),
        id_(found.id),
        row_(found.row),
        read_only_(read_only),
        reader_(account_->partition(), entrance.keys),
        user_{{account_->partition(), entrance.visitor}, entrance.elsewhere, {}, {}} {}
  /// Reads the mailbox. @errors not_found, denied (without the right to read)
  [[nodiscard]] static Result<std::unique_ptr<MailboxView>> open(std::shared_ptr<StoredAccount> account, View name,
                                                                 bool read_only, const Entrance& entrance);

  [[nodiscard]] bool read_only() const override { return read_only_ || !may_change(rights()); }
  [[nodiscard]] imap::Rights rights() const override { return user_.access.rights(id_).value_or(imap::Rights()); }
  [[nodiscard]] std::uint32_t exists() const override { return static_cast<std::uint32_t>(records_.size()); }
  [[nodiscard]] imap::MailboxStatus status() const override;
  [[nodiscard]] std::vector<std::string> keywords() const override { return keywords_; }
  [[nodiscard]] Uid uid_at(imap::SeqNum number) const override { return records_.at(number.value() - 1).uid; }
  [[nodiscard]] std::optional<imap::SeqNum> number_of(Uid uid) const override;
  [[nodiscard]] imap::SeqNum lower_bound(Uid uid) const override;
  [[nodiscard]] const imap::MessageFacts& facts(imap::SeqNum number) const override;
  [[nodiscard]] Result<std::string> read(imap::SeqNum number, std::uint64_t offset, std::uint64_t count) override;
  [[nodiscard]] Result<std::string> summary(imap::SeqNum number) override;
  [[nodiscard]] bool may_hold(imap::SeqNum number, View folded) override;
  [[nodiscard]] Result<std::vector<imap::Range>> vanished_since(imap::ModSeq since) override;
  [[nodiscard]] Result<std::vector<imap::Change>> poll(bool expunges) override;
  [[nodiscard]] bool changed() const override;
  Result<std::vector<Uid>> store_flags(std::span<const imap::SeqNum> messages, imap::FlagChange change,
                                       const imap::Flags& flags, std::optional<imap::ModSeq> unchanged_since) override;
  Result<std::vector<imap::Change>> expunge(const std::vector<Uid>* only) override;
  Result<imap::CopyOutcome> copy(std::span<const imap::SeqNum> messages, View target) override;
  Result<std::pair<imap::CopyOutcome, std::vector<imap::Change>>> move(std::span<const imap::SeqNum> messages,
                                                                       View target) override;
  [[nodiscard]] Result<std::unique_ptr<imap::Append>> replace(imap::SeqNum number, View target) override;

 private:
  enum class Take : std::uint8_t { changes, changes_and_new };
  Result<void> absorb(Take take);
  struct News;
  Result<void> read_all(const MailboxRow& now);
  Result<void> read_flags(const std::vector<UidRange>& ranges, News& news) const;
  Result<void> read_log(const MailboxRow& now, News& news) const;
  Result<void> read_everything(News& news) const;
  Result<void> read_changes(const MailboxRow& now, News& news) const;
  void take_in(const News& news);
  /// Takes the records from a session that looked before, or from the store; and leaves them to the next session.
  Result<void> load_records(const MailboxRow& now);
  Result<void> load_keywords();
  void forget(const std::vector<Uid>& uids);
  std::vector<imap::Change> report_replaced(Uid uid);
  Result<imap::CopyOutcome> transfer(std::span<const imap::SeqNum> messages, View target, Transfer kind);
  /// As transfer(), through the bodies of the messages.
  Result<imap::CopyOutcome> carry_to(const std::vector<Uid>& uids, View target, Transfer kind);
  Result<void> load_seen();
  [[nodiscard]] static bool may_change(imap::Rights rights);
  /// The system flags as this user sees them.
  [[nodiscard]] std::uint8_t shown(const Records::Record& record) const;
  /// The part of a change that this user may make. @errors not_found, denied
  [[nodiscard]] Result<FlagRequest> allowed_part(FlagRequest request) const;
  Result<std::optional<MessageRow>> row_of(std::size_t index);
  Result<std::optional<MessageRow>> read_row(std::size_t index);
  Result<void> open_sealed(std::size_t index);
  Result<std::shared_ptr<const std::string>> stored_summary(std::size_t index);
  Result<void> read_summaries(std::size_t first, std::size_t end);
  void forget_keywords() {
    shown_.keywords = 0;
    shown_.facts.flags.keywords.clear();
  }
  void show_stored(const UidFlags& stored, const FlagRequest& request);
  void show_undisturbed(const std::vector<UidFlags>& states, std::uint64_t modseq);
  std::vector<imap::Change> report_gone();
  [[nodiscard]] std::vector<Uid> uids_of(std::span<const imap::SeqNum> messages) const;

  const std::shared_ptr<StoredAccount> account_;
  const MailboxId id_;
  MailboxRow row_;  // as of the last look: which modseq and which uids the records know
  const bool read_only_;
  Reader reader_;
  RowsAhead ahead_;
  SummariesAhead summaries_ahead_;
  Records records_;
  std::vector<std::string> keywords_;
  std::atomic<std::uint64_t> heard_ = 0;  // strikes of the bell before the last look
  std::atomic<bool> untold_ = false;      // some record is gone or untold
  struct User {
    Access access;
    Elsewhere* elsewhere;
    SeenSet seen;                               // where \Seen is his own
    std::atomic<std::uint64_t> heard_stamp{0};  // of access, before the last look
  } user_;
  struct Shown {
    imap::MessageFacts facts;
    std::uint32_t keywords = 0;  // which set of them the facts have
  };
  mutable Shown shown_;
};

}  // namespace posthorn::mailbox
