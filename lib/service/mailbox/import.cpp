#include "service/mailbox/import.h"

#include <algorithm>
#include <utility>

#include "service/mailbox/access.h"
#include "service/mailbox/changes.h"
#include "service/mailbox/seen.h"

namespace posthorn::mailbox {

namespace {

constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);
constexpr std::uint64_t kReadOctets = 1U << 20U;

class StoredImport : public Import {
 public:
  StoredImport(std::shared_ptr<StoredAccount> account, MailboxId id, std::shared_ptr<const Visitor> visitor)
      : account_(std::move(account)), access_(account_->partition(), std::move(visitor)), id_(id) {}
  StoredImport(const StoredImport&) = delete;
  StoredImport& operator=(const StoredImport&) = delete;
  ~StoredImport() override {
    if (!finished_) undo();
  }

  /// @errors not_found, denied
  [[nodiscard]] Result<void> allowed() const { return access_.require(id_, imap::Right::insert); }
  Result<std::unique_ptr<BodyWriter>> write_body() override { return account_->write_body(); }
  Result<void> add(Body body, imap::Flags flags, WallTime internal_date) override;
  Result<Landed> finish() override;

 private:
  Result<void> flush();
  Result<void> commit();
  Result<void> check_sealing() const;
  void undo();

  const std::shared_ptr<StoredAccount> account_;
  const Access access_;
  const MailboxId id_;
  std::vector<NewMessage> waiting_;
  std::uint64_t octets_ = 0;  // of waiting_
  Landed landed_;
  bool finished_ = false;
};

Result<void> StoredImport::add(Body body, imap::Flags flags, WallTime internal_date) {
  NewMessage& message = waiting_.emplace_back();
  octets_ += body.octets;
  message.body = std::move(body);
  message.internal_date = internal_date;
  message.flags = std::move(flags);
  if (waiting_.size() < kImportMessages && octets_ < kImportOctets) return {};
  return flush();
}

/// A long message may have begun before the mailbox was sealed: it comes again, and is sealed then.
Result<void> StoredImport::check_sealing() const {
  const bool plain =
      std::any_of(waiting_.begin(), waiting_.end(), [](const NewMessage& m) { return m.body.capsule.empty(); });
  if (!plain) return {};
  const Result<vault::Setting> setting = account_->bodies().setting();
  if (!setting) return fail(setting.error());
  if (setting->state == vault::State::on) return fail(environment_error(Code::unavailable, "sealed meanwhile"));
  return {};
}

Result<void> StoredImport::commit() {
  const Result<imap::Rights> rights = access_.rights(id_);
  if (!rights) return fail(rights.error());
  std::uint8_t mask = rights->has(imap::Right::write) ? static_cast<std::uint8_t>(~(kSeen | kDeleted)) : 0;
  if (rights->has(imap::Right::set_deleted)) mask |= kDeleted;
  if (rights->has(imap::Right::seen)) mask |= kSeen;
  std::vector<Uid> part;
  Result<void> written = account_->ledger().write([&](Draft& draft) -> Result<void> {
    part.clear();
    if (draft.mailbox(id_) == nullptr) return fail(peer_error(Code::not_found, "mailbox"));
    SeenSet seen;
    if (access_.has_own_seen()) {
      Result<SeenSet> before = read_seen(draft.partition(), id_, access_.visitor()->account());
      if (!before) return fail(std::move(before.error()));
      seen = std::move(*before);
    }
    bool has_seen = false;
    for (const NewMessage& message : waiting_) {
      imap::Flags flags = message.flags;
      flags.system &= mask;
      if (!rights->has(imap::Right::write)) flags.keywords.clear();
      const bool own_seen = access_.has_own_seen() && flags.has(imap::SystemFlag::seen);
      if (access_.has_own_seen()) flags.system &= static_cast<std::uint8_t>(~kSeen);
      const Result<Uid> uid = add_to(draft, id_, message.body, flags, message.internal_date, account_->quota());
      if (!uid) return fail(uid.error());
      part.push_back(*uid);
      if (own_seen) seen.insert(*uid);
      has_seen = has_seen || own_seen;
    }
    if (has_seen) draft.put_beside(keys::seen(id_, access_.visitor()->account()), encode_seen(seen.ranges()));
    landed_.uid_validity = imap::UidValidity{draft.mailbox(id_)->uid_validity};
    return {};
  });
  account_->bell().strike();
  if (!written) return written;
  landed_.uids.insert(landed_.uids.end(), part.begin(), part.end());
  return {};
}

Result<void> StoredImport::flush() {
  if (Result<void> may = allowed(); !may) return may;
  if (Result<void> good = check_sealing(); !good) return good;
  if (Result<void> written = commit(); !written) return written;
  waiting_.clear();
  octets_ = 0;
  return {};
}

Result<Import::Landed> StoredImport::finish() {
  if (Result<void> written = flush(); !written) return fail(std::move(written.error()));
  finished_ = true;
  return std::move(landed_);
}

void StoredImport::undo() {
  std::vector<BlobId> blobs;
  for (const NewMessage& message : waiting_) blobs.push_back(message.body.blob);
  if (!blobs.empty()) account_->bodies().forget_unkept(blobs);
  if (landed_.uids.empty()) return;
  // What cannot be taken back stays as a copy: nothing is lost by it.
  static_cast<void>(expunge(account_->ledger(), id_, landed_.uids, false));
  account_->bell().strike();
}

/// Copies one message; false when it is gone.
Result<bool> carry_one(imap::SelectedMailbox& source, imap::SeqNum number, Import& target) {
  const imap::MessageFacts facts = source.facts(number);
  Result<std::unique_ptr<BodyWriter>> writer = target.write_body();
  if (!writer) return fail(std::move(writer.error()));
  for (std::uint64_t at = 0; at < facts.octets;) {
    const Result<std::string> piece = source.read(number, at, kReadOctets);
    if (!piece && piece.error().code == Code::not_found) return false;
    if (!piece) return fail(piece.error());
    if (piece->empty()) return fail(environment_error(Code::corrupt, "shorter than it was told"));
    if (Result<void> written = (*writer)->append(*piece); !written) return fail(std::move(written.error()));
    at += piece->size();
  }
  Result<Body> body = (*writer)->finish();
  if (!body) return fail(std::move(body.error()));
  Result<void> added = target.add(std::move(*body), facts.flags, facts.internal_date);
  if (!added) return fail(std::move(added.error()));
  return true;
}

}  // namespace

Result<std::unique_ptr<Import>> make_import(std::shared_ptr<StoredAccount> account, View mailbox,
                                            std::shared_ptr<const Visitor> visitor) {
  const Result<FoundMailbox> found = account->find(mailbox);
  if (!found) return fail(found.error());
  auto import = std::make_unique<StoredImport>(std::move(account), found->id, std::move(visitor));
  if (Result<void> may = import->allowed(); !may) return fail(std::move(may.error()));
  return std::unique_ptr<Import>(std::move(import));
}

Result<imap::CopyOutcome> carry(imap::SelectedMailbox& source, std::span<const Uid> messages, Import& target) {
  imap::CopyOutcome outcome;
  for (const Uid uid : messages) {
    const std::optional<imap::SeqNum> number = source.number_of(uid);
    if (!number) continue;
    const Result<bool> carried = carry_one(source, *number, target);
    if (!carried) return fail(carried.error());
    if (*carried) outcome.source.push_back(uid);
  }
  Result<Import::Landed> landed = target.finish();
  if (!landed) return fail(std::move(landed.error()));
  outcome.uid_validity = landed->uid_validity;
  outcome.target = std::move(landed->uids);
  return outcome;
}

}  // namespace posthorn::mailbox
