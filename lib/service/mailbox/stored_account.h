// An account on a store: what sessions, deliveries and checks of one process share.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/mailbox/limits.h"

#include "service/mailbox/bell.h"
#include "service/mailbox/bodies.h"
#include "service/mailbox/intake.h"
#include "service/mailbox/ledger.h"
#include "service/mailbox/shared.h"

namespace posthorn::mailbox {

/// A mailbox as its rows stand now.
struct FoundMailbox {
  MailboxId id;
  MailboxRow row;
};

/// Safe to call from many threads.
class StoredAccount : public Account, public Sharer, public std::enable_shared_from_this<StoredAccount> {
 public:
  /// @lifetime `store` and `clock` outlive the account
  [[nodiscard]] static Result<std::shared_ptr<StoredAccount>> open(store::Store& store, const Clock& clock,
                                                                   AccountId id, Limits limits, Sealing sealing,
                                                                   std::shared_ptr<Shared> shared);
  StoredAccount(std::unique_ptr<store::Partition> partition, const Clock& clock, AccountId id, Limits limits,
                Sealing sealing, std::shared_ptr<Shared> shared);

  Result<void> provision() override { return ledger_.ready(); }
  Result<std::unique_ptr<BodyWriter>> write_body() override { return bodies_.write(); }
  std::unique_ptr<BodyReader> reader(std::shared_ptr<const vault::OpenKeys> keys) const override {
    return std::make_unique<Reader>(partition(), std::move(keys));
  }
  Result<Added> add(const NewMessage& message) override;
  Result<void> add(const Parcel& parcel) override;
  Result<bool> remembers(View name) const override;
  Result<bool> has_receipt(View name) const override;
  Result<ReceiptSums> check_receipts(const std::function<void(View)>& fault) const override;
  Result<std::uint64_t> expire_receipts(WallTime before) override;
  Result<std::uint64_t> expire_memory() override;
  /// As mailbox::add_together().
  Result<imap::AppendOutcome> add_together(const std::vector<NewMessage>& messages,
                                           const std::optional<Removal>& removal);
  /// As room_for(), for so many messages together.
  [[nodiscard]] Result<void> room_for(std::uint64_t messages, std::uint64_t octets) const;
  Result<void> room_for(std::uint64_t octets) const override { return room_for(1, octets); }
  Result<imap::UidValidity> uid_validity(View mailbox) const override;
  Result<std::vector<StoredMessage>> messages(View mailbox, const vault::OpenKeys* keys) const override;
  Result<void> remove(View mailbox, std::span<const Uid> uids) override;
  Result<std::vector<imap::MailboxInfo>> list() const override;
  Result<std::string> event_script(View mailbox) const override;
  std::unique_ptr<imap::Mailboxes> session(std::shared_ptr<const vault::OpenKeys> keys) override;
  Result<Reprocessed> reprocess(std::shared_ptr<const vault::OpenKeys> keys,
                                const std::function<bool(std::uint64_t, std::uint64_t)>& go_on) override;
  Result<void> check(const std::function<void(View)>& problem) const override;

  Sharer* sharer() override { return this; }
  std::unique_ptr<imap::Mailboxes> enter(const Entrance& entrance) override;
  Result<std::unique_ptr<Import>> import_into(View mailbox, std::shared_ptr<const Visitor> visitor) override;
  Result<std::vector<imap::MetadataEntry>> notes_on(View mailbox_id) const override;
  Result<void> set_notes_on(View mailbox_id, std::span<const imap::MetadataEntry> entries) override;

  [[nodiscard]] AccountId id() const { return id_; }
  void set_quota(Quota quota);
  [[nodiscard]] Quota quota() const;
  [[nodiscard]] store::Partition& partition() const { return ledger_.partition(); }
  /// The writers' side. Whoever writes through it rings the bell.
  [[nodiscard]] Ledger& ledger() const { return ledger_; }
  [[nodiscard]] Bell& bell() const { return *bell_; }
  [[nodiscard]] Bodies& bodies() { return bodies_; }
  [[nodiscard]] SummaryCache& summaries() const { return shared_->summaries; }
  [[nodiscard]] IndexCache& indexes() const { return shared_->indexes; }
  [[nodiscard]] const Limits& limits() const { return ledger_.limits(); }

  /// Reads a mailbox by name. @errors not_found
  [[nodiscard]] Result<FoundMailbox> find(View name) const;
  /// What is counted of the whole account.
  [[nodiscard]] Result<AccountRow> counters() const;
  /// Mailboxes that this visitor may look up, with their parents; as list().
  [[nodiscard]] Result<std::vector<imap::MailboxInfo>> list_for(const Visitor& visitor) const;
  /// Reads a mailbox's row. @errors not_found
  [[nodiscard]] Result<MailboxRow> mailbox(MailboxId id) const;
  [[nodiscard]] Result<std::vector<std::string>> keywords(MailboxId id) const;

 private:
  Result<void> check_sealed(const std::vector<const NewMessage*>& messages);

  const AccountId id_;
  const std::shared_ptr<Shared> shared_;
  mutable Ledger ledger_;
  Bodies bodies_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::unique_ptr<store::Watch> watch_;
  Intake intake_;
  std::atomic<std::uint64_t> quota_octets_ = 0;
  std::atomic<std::uint32_t> quota_messages_ = 0;
};

/// The words of the indices, sorted.
[[nodiscard]] std::vector<std::string> words_of(const std::vector<std::uint16_t>& indices,
                                                const std::vector<std::string>& keywords);

}  // namespace posthorn::mailbox
