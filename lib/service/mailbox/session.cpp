#include "service/mailbox/session.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "service/mailbox/access.h"
#include "service/mailbox/annotations.h"
#include "service/mailbox/append.h"
#include "service/mailbox/changes.h"
#include "service/mailbox/import.h"
#include "service/mailbox/names.h"
#include "service/mailbox/rewrite.h"
#include "service/mailbox/seen.h"
#include "service/mailbox/stored_account.h"
#include "service/mailbox/view.h"

namespace posthorn::mailbox {
namespace {

template <class T>
Result<void> without_value(const Result<T>& result) {
  if (!result) return fail(result.error());
  return {};
}

Error no_mailbox() { return peer_error(Code::not_found, "mailbox"); }

/// Messages that a visitor sends with APPEND.
class ImportedAppend : public imap::Append {
 public:
  ImportedAppend(std::shared_ptr<StoredAccount> account, std::unique_ptr<Import> import)
      : account_(std::move(account)), import_(std::move(import)) {}

  Result<void> begin(const imap::Flags& flags, std::optional<WallTime> internal_date) override {
    if (Result<void> ended = end_message(); !ended) return ended;
    for (const std::string& word : flags.keywords) {
      if (Result<void> good = check_keyword(word, account_->limits()); !good) return good;
    }
    Result<std::unique_ptr<BodyWriter>> writer = import_->write_body();
    if (!writer) return fail(std::move(writer.error()));
    writer_ = std::move(*writer);
    flags_ = flags;
    date_ = internal_date.value_or(account_->ledger().wall());
    present_octets_ = 0;
    ++messages_;
    return {};
  }
  Result<void> announce(std::uint64_t octets) override {
    const std::uint64_t most = account_->limits().message_octets;
    if (octets > most || present_octets_ + octets > most) return fail(peer_error(Code::too_long, "message"));
    return account_->room_for(messages_, octets_ + octets);
  }
  Result<void> write(View octets) override {
    present_octets_ += octets.size();
    octets_ += octets.size();
    return writer_->append(octets);
  }
  Result<imap::AppendOutcome> finish() override {
    if (Result<void> ended = end_message(); !ended) return fail(std::move(ended.error()));
    Result<Import::Landed> landed = import_->finish();
    if (!landed) return fail(std::move(landed.error()));
    return imap::AppendOutcome{landed->uid_validity, std::move(landed->uids), {}};
  }

 private:
  Result<void> end_message() {
    if (writer_ == nullptr) return {};
    const std::unique_ptr<BodyWriter> writer = std::move(writer_);
    Result<Body> body = writer->finish();
    if (!body) return fail(std::move(body.error()));
    return import_->add(std::move(*body), flags_, date_);
  }

  const std::shared_ptr<StoredAccount> account_;
  const std::unique_ptr<Import> import_;
  std::unique_ptr<BodyWriter> writer_;
  imap::Flags flags_;
  WallTime date_;
  std::uint64_t messages_ = 0;        // begun
  std::uint64_t octets_ = 0;          // of all messages
  std::uint64_t present_octets_ = 0;  // of the present one
};

/// Removes a mailbox with everything in it: in one batch when it fits, else its messages go before it.
Result<void> remove_whole(Ledger& ledger, View name) {
  std::optional<MailboxId> id;
  for (bool removed = false; !removed;) {
    std::vector<Uid> left;
    Result<void> written = ledger.write([&](Draft& draft) -> Result<void> {
      left.clear();
      removed = false;
      const std::optional<NameRow> named = draft.find(name);
      if (!named || (id && *id != named->mailbox)) return fail(no_mailbox());
      for (const auto& [other, row] : draft.names()) {
        if (is_below(other, name)) return fail(peer_error(Code::conflict, "mailbox has children"));
      }
      id = named->mailbox;
      std::vector<UidRow> rows;
      Result<void> scanned = scan_rows(draft.partition(), *id, Uid{1}, std::numeric_limits<std::uint64_t>::max(),
                                       [&](Uid uid, MessageRow row) { rows.push_back({uid, std::move(row)}); });
      if (!scanned) return scanned;
      if (!draft.has_room(rows.size() * 64 + (std::size_t{draft.limits().log_rows} + 1) * 40)) {
        for (const UidRow& found : rows) left.push_back(found.uid);
        return {};
      }
      for (const UidRow& found : rows) {
        if (Result<void> released = draft.release(found.row.blob); !released) return released;
        if (Result<void> gone = draft.remove_message(*id, found.uid, found.row); !gone) return gone;
      }
      removed = true;
      return draft.remove_mailbox(name, *id);
    });
    if (!written) return written;
    if (removed) break;
    const Result<std::vector<Uid>> expunged = expunge(ledger, *id, left, false);
    if (!expunged) return fail(expunged.error());
  }
  return {};
}

/// RENAME of INBOX: the mailbox stays, its messages go (RFC 9051 section 6.3.6).
Result<void> empty_inbox_into(StoredAccount& account, const std::shared_ptr<const vault::OpenKeys>& keys, View to) {
  Result<vault::Setting> setting = account.bodies().setting();
  if (!setting) return fail(std::move(setting.error()));
  Ledger& ledger = account.ledger();
  std::optional<MailboxId> inbox;
  std::optional<MailboxId> target;
  std::vector<Uid> uids;
  Result<void> made = ledger.write([&](Draft& draft) -> Result<void> {
    uids.clear();
    const std::optional<NameRow> named = draft.find(kInbox);
    if (!named) return fail(no_mailbox());
    if (draft.find(to)) return fail(peer_error(Code::exists, "mailbox"));
    inbox = named->mailbox;
    Result<void> scanned = scan_rows(draft.partition(), *inbox, Uid{1}, std::numeric_limits<std::uint64_t>::max(),
                                     [&](Uid uid, const MessageRow&) { uids.push_back(uid); });
    if (!scanned) return scanned;
    const Result<MailboxId> fresh = draft.make_mailbox(to, imap::SpecialUse::none);
    if (fresh) target = *fresh;
    return without_value(fresh);
  });
  if (!made) return made;
  Reader reader(account.partition(), keys);
  Rewriter rewriter(account.bodies(), reader, std::move(*setting));
  return without_value(transfer_as_set(ledger, rewriter, *inbox, uids, *target, Transfer::move, Quota()));
}

class Session : public imap::Mailboxes {
 public:
  Session(std::shared_ptr<StoredAccount> account, const Entrance& entrance)
      : account_(std::move(account)), entrance_(entrance), access_(account_->partition(), entrance.visitor) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override { stop_listening(); }

  Result<std::vector<imap::MailboxInfo>> list() override {
    return access_.visitor() == nullptr ? account_->list() : account_->list_for(*access_.visitor());
  }
  Result<imap::MailboxStatus> status(View name) override;
  Result<void> create(View name, imap::SpecialUse use) override;
  Result<void> remove(View name) override;
  Result<void> rename(View from, View to) override;
  Result<void> subscribe(View name) override;
  Result<void> unsubscribe(View name) override;
  Result<std::unique_ptr<imap::SelectedMailbox>> select(View name, bool read_only) override;
  Result<std::unique_ptr<imap::Append>> append(View name) override;
  [[nodiscard]] std::uint64_t generation() const override { return account_->bell().count(); }
  Result<std::vector<imap::AclEntry>> acl(View name) override;
  Result<void> set_acl(View name, View identifier, imap::RightsChange change, imap::Rights rights) override;
  Result<imap::GrantableRights> grantable(View name, View identifier) override;
  Result<imap::Rights> my_rights(View name) override;
  Result<std::vector<imap::QuotaRoot>> quota_roots(View name) override;
  Result<imap::QuotaRoot> quota(View root) override;
  Result<imap::QuotaRoot> set_quota(View root, std::span<const imap::QuotaUse> limits) override;
  Result<std::vector<imap::MetadataEntry>> metadata(View name) override;
  Result<void> set_metadata(View name, std::span<const imap::MetadataEntry> entries) override;
  void set_watch(std::function<void()> changed) override;

 private:
  /// A mailbox in which the user has these rights. @errors not_found, denied
  [[nodiscard]] Result<FoundMailbox> find(View name, imap::Rights needed) const;
  /// @errors not_found, denied: the nearest mailbox above does not let the user create below it
  [[nodiscard]] Result<void> may_create(const Draft& draft, View name) const;
  /// What to say of a name that is taken.
  [[nodiscard]] Error taken(const NameRow& row) const;
  Result<void> rename_tree(Draft& draft, const std::string& source, const std::string& target) const;
  [[nodiscard]] Result<std::vector<imap::QuotaUse>> quota_uses() const;
  Result<void> write(const std::function<Result<void>(Draft&)>& change) {
    Result<void> written = account_->ledger().write(change);
    account_->bell().strike();
    return written;
  }
  [[nodiscard]] Result<std::uint64_t> deleted_octets(const FoundMailbox& found) const;
  void stop_listening() {
    if (listener_) account_->bell().leave(*listener_);
    listener_.reset();
  }

  const std::shared_ptr<StoredAccount> account_;
  const Entrance entrance_;
  const Access access_;
  std::optional<std::uint64_t> listener_;
};

Result<FoundMailbox> Session::find(View name, imap::Rights needed) const {
  Result<FoundMailbox> found = account_->find(name);
  if (!found) return found;
  if (Result<void> may = access_.require(found->id, needed); !may) return fail(std::move(may.error()));
  return found;
}

Result<void> Session::may_create(const Draft& draft, View name) const {
  if (access_.visitor() == nullptr) return {};
  const std::vector<std::string> parents = parents_of(name);
  for (std::size_t i = parents.size(); i-- > 0;) {
    if (const std::optional<NameRow> parent = draft.find(parents[i]))
      return access_.require(parent->mailbox, imap::Right::create);
  }
  return fail(no_mailbox());
}

Error Session::taken(const NameRow& row) const {
  const bool visible = access_.require(row.mailbox, {}).has_value();
  return visible ? peer_error(Code::exists, "mailbox") : peer_error(Code::denied, "rights");
}

/// Counts them where the row does not know.
Result<std::uint64_t> Session::deleted_octets(const FoundMailbox& found) const {
  if (found.row.deleted_octets) return *found.row.deleted_octets;
  std::uint64_t octets = 0;
  Result<void> scanned = scan_rows(account_->partition(), found.id, Uid{1}, std::numeric_limits<std::uint64_t>::max(),
                                   [&](Uid, const MessageRow& row) {
                                     if ((row.system & static_cast<std::uint8_t>(imap::SystemFlag::deleted)) != 0)
                                       octets += row.octets;
                                   });
  if (!scanned) return fail(std::move(scanned.error()));
  return octets;
}

Result<imap::MailboxStatus> Session::status(View name) {
  const Result<FoundMailbox> found = find(name, imap::Right::read);
  if (!found) return fail(found.error());
  const MailboxRow& row = found->row;
  imap::MailboxStatus status;
  status.messages = row.messages;
  status.unseen = row.unseen;
  status.deleted = row.deleted;
  status.octets = row.octets;
  const Result<std::uint64_t> deleted = deleted_octets(*found);
  if (!deleted) return fail(deleted.error());
  status.deleted_octets = *deleted;
  status.uid_validity = imap::UidValidity{row.uid_validity};
  status.uid_next = Uid{row.uid_next};
  status.highest_modseq = imap::ModSeq{row.modseq};
  status.mailbox_id = object_id(account_->id(), found->id);
  if (!access_.has_own_seen()) return status;
  const Result<SeenSet> seen = read_seen(account_->partition(), found->id, access_.visitor()->account());
  if (!seen) return fail(seen.error());
  const Result<std::uint32_t> unseen = count_unseen(account_->partition(), found->id, *seen);
  if (!unseen) return fail(unseen.error());
  status.unseen = *unseen;
  return status;
}

Result<void> Session::create(View name, imap::SpecialUse use) {
  const Result<std::string> wanted = name_to_create(name, account_->limits());
  if (!wanted) return fail(wanted.error());
  if (use != imap::SpecialUse::none && access_.visitor() != nullptr) return fail(peer_error(Code::unsupported, "use"));
  // \All and \Flagged stand for virtual mailboxes (RFC 6154 section 2), which are not offered.
  if (use == imap::SpecialUse::all || use == imap::SpecialUse::flagged)
    return fail(peer_error(Code::unsupported, "use"));
  return write([&](Draft& draft) -> Result<void> {
    if (Result<void> may = may_create(draft, *wanted); !may) return may;
    if (const std::optional<NameRow> row = draft.find(*wanted)) return fail(taken(*row));
    return without_value(draft.make_mailbox(*wanted, use));
  });
}

Result<void> Session::remove(View name) {
  const std::string wanted = canonical_name(name);
  if (access_.visitor() != nullptr) {
    const Result<FoundMailbox> found = find(name, imap::Right::remove);
    if (!found) return fail(found.error());
  }
  if (wanted == kInbox) return fail(peer_error(Code::denied, "INBOX"));
  Result<void> removed = remove_whole(account_->ledger(), wanted);
  account_->bell().strike();
  return removed;
}

Result<void> Session::rename(View from, View to) {
  const std::string source = canonical_name(from);
  const Result<std::string> target = name_to_create(to, account_->limits());
  if (!target) return fail(target.error());
  if (access_.visitor() != nullptr) {
    const Result<FoundMailbox> found = find(source, imap::Right::remove);
    if (!found) return fail(found.error());
    if (source == kInbox) return fail(peer_error(Code::denied, "INBOX"));
  }
  if (source == kInbox) {
    Result<void> emptied = empty_inbox_into(*account_, entrance_.keys, *target);
    account_->bell().strike();
    return emptied;
  }
  if (is_below(*target, source)) return fail(peer_error(Code::denied, "a mailbox cannot go below itself"));
  return write([&](Draft& draft) { return rename_tree(draft, source, *target); });
}

Result<void> Session::rename_tree(Draft& draft, const std::string& source, const std::string& target) const {
  if (!draft.find(source)) return fail(no_mailbox());
  if (Result<void> may = may_create(draft, target); !may) return may;
  if (const std::optional<NameRow> row = draft.find(target)) return fail(taken(*row));
  for (const auto& [name, row] : draft.names()) {
    if (name != source && !is_below(name, source)) continue;
    const std::string renamed = target + name.substr(source.size());
    if (Result<std::string> good = name_to_create(renamed, account_->limits()); !good) return fail(good.error());
    if (draft.find(renamed)) return fail(peer_error(Code::exists, "a child of the new name"));
    draft.rename(name, renamed);
  }
  const std::vector<std::string> parents = parents_of(target);
  if (parents.empty() || draft.find(parents.back())) return {};
  return without_value(draft.make_mailbox(parents.back(), imap::SpecialUse::none));
}

Result<void> Session::subscribe(View name) {
  const Result<std::string> wanted = name_to_subscribe(name, account_->limits());
  if (!wanted) return fail(wanted.error());
  if (Result<void> ready = account_->provision(); !ready) return ready;
  std::uint32_t count = 0;
  bool found = false;
  const std::string key = keys::subscription(*wanted);
  Result<void> scanned = account_->partition().scan(keys::kSubscriptions, store::after_prefix(keys::kSubscriptions),
                                                    [&](View present, View, store::Revision) {
                                                      found = found || present == key;
                                                      ++count;
                                                      return !found;
                                                    });
  if (!scanned || found) return scanned;
  if (count >= account_->limits().subscriptions) return fail(peer_error(Code::too_many, "subscriptions"));
  return without_value(account_->partition().commit(store::Batch().put(key, encode_subscription())));
}

Result<void> Session::unsubscribe(View name) {
  if (Result<void> ready = account_->provision(); !ready) return ready;
  if (name.find('\0') != View::npos) return {};
  store::Batch batch;
  batch.erase(keys::subscription(canonical_name(name)));
  return without_value(account_->partition().commit(batch));
}

Result<std::unique_ptr<imap::SelectedMailbox>> Session::select(View name, bool read_only) {
  Result<std::unique_ptr<MailboxView>> view = MailboxView::open(account_, name, read_only, entrance_);
  if (!view) return fail(std::move(view.error()));
  return std::unique_ptr<imap::SelectedMailbox>(std::move(*view));
}

Result<std::unique_ptr<imap::Append>> Session::append(View name) {
  const Result<FoundMailbox> found = find(name, imap::Right::insert);
  if (!found) return fail(found.error());
  if (access_.visitor() == nullptr) return std::make_unique<StoredAppend>(account_, canonical_name(name));
  Result<std::unique_ptr<Import>> import = make_import(account_, name, entrance_.visitor);
  if (!import) return fail(std::move(import.error()));
  return std::make_unique<ImportedAppend>(account_, std::move(*import));
}

// --- who may do what

Result<std::vector<imap::AclEntry>> Session::acl(View name) {
  const Result<FoundMailbox> found = find(name, imap::Right::administer);
  if (!found) return fail(found.error());
  return read_acl(account_->partition(), found->id);
}

Result<void> Session::set_acl(View name, View identifier, imap::RightsChange change, imap::Rights rights) {
  const Result<FoundMailbox> found = find(name, imap::Right::administer);
  if (!found) return fail(found.error());
  return write([&](Draft& draft) -> Result<void> {
    if (draft.mailbox(found->id) == nullptr) return fail(no_mailbox());
    Result<AclRow> row = read_acl(draft.partition(), found->id);
    if (!row) return fail(std::move(row.error()));
    const AclRow before = *row;
    if (Result<void> changed = change_entry(*row, identifier, change, rights, account_->limits()); !changed)
      return changed;
    if (*row == before) return {};
    if (row->empty()) {
      draft.erase_beside(keys::acl(found->id));
    } else {
      draft.put_beside(keys::acl(found->id), encode_acl(*row));
    }
    draft.touch_mailbox(found->id);
    return {};
  });
}

Result<imap::GrantableRights> Session::grantable(View name, View /*identifier*/) {
  const Result<FoundMailbox> found = find(name, imap::Right::administer);
  if (!found) return fail(found.error());
  imap::GrantableRights grantable;
  for (std::uint16_t bit = 1; bit != 0 && imap::Rights::from_bits(bit) != imap::Rights(); bit <<= 1U)
    grantable.optional.push_back(imap::Rights::from_bits(bit));
  return grantable;
}

Result<imap::Rights> Session::my_rights(View name) {
  const Result<FoundMailbox> found = find(name, {});
  if (!found) return fail(found.error());
  return access_.rights(found->id);
}

// --- what there is room for

Result<std::vector<imap::QuotaUse>> Session::quota_uses() const {
  const Result<AccountRow> counted = account_->counters();
  if (!counted) return fail(counted.error());
  const Result<std::uint64_t> annotated = annotation_octets(account_->partition());
  if (!annotated) return fail(annotated.error());
  std::uint64_t mailboxes = 0;
  Result<void> scanned = account_->partition().scan(keys::kNames, store::after_prefix(keys::kNames),
                                                    [&](View, View, store::Revision) { return ++mailboxes > 0; });
  if (!scanned) return fail(std::move(scanned.error()));
  const Quota quota = account_->quota();
  const Limits& limits = account_->limits();
  std::vector<imap::QuotaUse> uses;
  if (quota.octets != 0) uses.push_back({imap::QuotaResource::storage, counted->octets, quota.octets});
  if (quota.messages != 0) uses.push_back({imap::QuotaResource::message, counted->messages, quota.messages});
  uses.push_back({imap::QuotaResource::mailbox, mailboxes, limits.mailboxes});
  uses.push_back({imap::QuotaResource::annotation_storage, *annotated, limits.annotation_storage});
  return uses;
}

// How full the account of somebody else is, is not told.
Result<std::vector<imap::QuotaRoot>> Session::quota_roots(View name) {
  const Result<FoundMailbox> found = find(name, imap::Right::read);
  if (!found) return fail(found.error());
  if (access_.visitor() != nullptr) return std::vector<imap::QuotaRoot>();
  return map(quota({}), [](imap::QuotaRoot root) { return std::vector<imap::QuotaRoot>{std::move(root)}; });
}

Result<imap::QuotaRoot> Session::quota(View root) {
  if (!root.empty() || access_.visitor() != nullptr) return fail(peer_error(Code::not_found, "quota root"));
  if (Result<void> ready = account_->provision(); !ready) return fail(std::move(ready.error()));
  return map(quota_uses(), [](std::vector<imap::QuotaUse> uses) { return imap::QuotaRoot{{}, std::move(uses)}; });
}

Result<imap::QuotaRoot> Session::set_quota(View root, std::span<const imap::QuotaUse> /*limits*/) {
  const bool known = root.empty() && access_.visitor() == nullptr;
  return fail(known ? peer_error(Code::denied, "quota") : peer_error(Code::not_found, "quota root"));
}

// --- annotations

Result<std::vector<imap::MetadataEntry>> Session::metadata(View name) {
  const bool is_server = name.empty();
  if (is_server && access_.visitor() != nullptr) return fail(no_mailbox());
  MailboxId id{0};
  if (!is_server) {
    const Result<FoundMailbox> found = find(name, imap::Right::read);
    if (!found) return fail(found.error());
    id = found->id;
  }
  auto entries = read_annotations(account_->partition(), keys::annotation_prefix(id));
  if (entries && access_.visitor() != nullptr)
    std::erase_if(*entries, [](const imap::MetadataEntry& entry) { return entry.name.starts_with("/private/"); });
  return entries;
}

Result<void> Session::set_metadata(View name, std::span<const imap::MetadataEntry> entries) {
  const bool is_server = name.empty();
  if (is_server && access_.visitor() != nullptr) return fail(no_mailbox());
  if (Result<void> ready = account_->provision(); !ready) return ready;
  MailboxId id{0};
  if (!is_server) {
    const Result<FoundMailbox> found = find(name, imap::Right::read);
    if (!found) return fail(found.error());
    id = found->id;
  }
  for (const imap::MetadataEntry& entry : entries) {
    const bool is_private = entry.name.starts_with("/private/");
    // What all users of the server see is not for one of them to write, but which script runs in his mailboxes; a
    // visitor's own notes are in his account.
    const bool is_script = same_word(entry.name, kEventScript);
    const bool is_others = is_private ? access_.visitor() != nullptr : is_server && !is_script;
    if (is_others) return fail(peer_error(Code::denied, "annotation"));
    if (is_private || is_server) continue;
    // What runs in the owner's name is a matter of who rules the mailbox.
    const imap::Right needed = is_script ? imap::Right::administer : imap::Right::write;
    if (Result<void> may = access_.require(id, needed); !may) return may;
  }
  Result<void> written =
      write_annotations(account_->ledger(), keys::annotation_prefix(id), entries, [&](const Draft& draft) {
        return is_server || draft.mailbox(id) != nullptr ? Result<void>() : fail(no_mailbox());
      });
  account_->bell().strike();
  return written;
}

void Session::set_watch(std::function<void()> changed) {
  stop_listening();
  if (changed) listener_ = account_->bell().listen(std::move(changed));
}

}  // namespace

std::unique_ptr<imap::Mailboxes> make_session(std::shared_ptr<StoredAccount> account, const Entrance& entrance) {
  return std::make_unique<Session>(std::move(account), entrance);
}

}  // namespace posthorn::mailbox
