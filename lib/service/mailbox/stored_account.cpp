#include "service/mailbox/stored_account.h"

#include <algorithm>
#include <limits>
#include <map>

#include "service/mailbox/access.h"
#include "service/mailbox/annotations.h"
#include "service/mailbox/changes.h"
#include "service/mailbox/import.h"
#include "service/mailbox/memory.h"
#include "service/mailbox/names.h"
#include "service/mailbox/receipts.h"
#include "service/mailbox/rewrite.h"
#include "service/mailbox/session.h"

namespace posthorn::mailbox {
namespace {

/// A row that is there, or not_found.
Result<std::string> require(const store::Partition& partition, View key) {
  Result<std::optional<store::Entry>> row = partition.get(key);
  if (!row) return fail(std::move(row.error()));
  if (!*row) return fail(peer_error(Code::not_found, "mailbox"));
  return std::move((*row)->value);
}

}  // namespace

std::vector<std::string> words_of(const std::vector<std::uint16_t>& indices, const std::vector<std::string>& keywords) {
  std::vector<std::string> words;
  words.reserve(indices.size());
  for (const std::uint16_t index : indices) {
    if (index < keywords.size()) words.push_back(keywords[index]);
  }
  std::sort(words.begin(), words.end());
  return words;
}

Result<std::shared_ptr<StoredAccount>> StoredAccount::open(store::Store& store, const Clock& clock, AccountId id,
                                                           Limits limits, Sealing sealing,
                                                           std::shared_ptr<Shared> shared) {
  Result<std::unique_ptr<store::Partition>> partition = store.open(id);
  if (!partition) return fail(std::move(partition.error()));
  auto account = std::make_shared<StoredAccount>(std::move(*partition), clock, id, limits, sealing, std::move(shared));
  account->watch_ = store.watch(id, [bell = account->bell_] { bell->ring(); });
  return account;
}

StoredAccount::StoredAccount(std::unique_ptr<store::Partition> partition, const Clock& clock, AccountId id,
                             Limits limits, Sealing sealing, std::shared_ptr<Shared> shared)
    : id_(id),
      shared_(std::move(shared)),
      ledger_(std::move(partition), clock, limits),
      bodies_(ledger_.partition(), clock, id, sealing, {shared_, &shared_->builders}),
      intake_(ledger_, [this] { return quota(); }) {}

void StoredAccount::set_quota(Quota quota) {
  quota_octets_ = quota.octets;
  quota_messages_ = quota.messages;
}

Quota StoredAccount::quota() const { return {quota_octets_, quota_messages_}; }

// A long message may have begun before the mailbox was sealed: it comes again, and is sealed then.
Result<void> StoredAccount::check_sealed(const std::vector<const NewMessage*>& messages) {
  const auto is_plain = [](const NewMessage* message) { return message->body.capsule.empty(); };
  if (std::none_of(messages.begin(), messages.end(), is_plain)) return {};
  const Result<vault::Setting> setting = bodies_.setting();
  if (setting && setting->state != vault::State::on) return {};
  std::vector<BlobId> blobs;
  for (const NewMessage* message : messages) blobs.push_back(message->body.blob);
  bodies_.forget_unkept(blobs);
  return fail(setting ? environment_error(Code::unavailable, "sealed meanwhile") : setting.error());
}

Result<Added> StoredAccount::add(const NewMessage& message) {
  if (Result<void> sealed = check_sealed({&message}); !sealed) return fail(std::move(sealed.error()));
  Result<Added> added = intake_.add(message);
  if (added) bell_->strike();
  return added;
}

Result<void> StoredAccount::add(const Parcel& parcel) {
  if (parcel.messages.size() == 1 && parcel.remembered.empty()) {  // joins others that wait
    NewMessage message = parcel.messages.front();
    message.receipt = parcel.receipt;
    message.again = parcel.again;
    const Result<Added> added = add(message);
    return added ? Result<void>() : fail(added.error());
  }
  std::vector<const NewMessage*> each;
  for (const NewMessage& message : parcel.messages) each.push_back(&message);
  if (Result<void> sealed = check_sealed(each); !sealed) return sealed;
  Result<void> added = add_parcel(ledger_, parcel, id_, quota());
  if (added) bell_->strike();
  return added;
}

Result<bool> StoredAccount::remembers(View name) const {
  return mailbox::remembers(partition(), id_, name, ledger_.wall());
}

Result<bool> StoredAccount::has_receipt(View name) const { return mailbox::has_receipt(partition(), name); }

Result<std::uint64_t> StoredAccount::expire_memory() {
  return mailbox::expire_memory(ledger_.partition(), ledger_.wall());
}

Result<ReceiptSums> StoredAccount::check_receipts(const std::function<void(View)>& fault) const {
  return mailbox::check_receipts(partition(), fault);
}

Result<std::uint64_t> StoredAccount::expire_receipts(WallTime before) {
  return mailbox::expire_receipts(ledger_.partition(), before);
}

Result<AccountRow> StoredAccount::counters() const {
  if (Result<void> ready = ledger_.ready(); !ready) return fail(std::move(ready.error()));
  return then(require(partition(), keys::kAccount), [](const std::string& value) { return decode_account(value); });
}

Result<imap::AppendOutcome> StoredAccount::add_together(const std::vector<NewMessage>& messages,
                                                        const std::optional<Removal>& removal) {
  std::vector<const NewMessage*> each;
  each.reserve(messages.size());
  for (const NewMessage& message : messages) each.push_back(&message);
  if (Result<void> sealed = check_sealed(each); !sealed) return fail(std::move(sealed.error()));
  Result<imap::AppendOutcome> added = mailbox::add_together(ledger_, messages, quota(), removal);
  if (added) bell_->strike();
  return added;
}

Result<void> StoredAccount::room_for(std::uint64_t messages, std::uint64_t octets) const {
  return then(counters(), [&](const AccountRow& row) { return check_room(row, quota(), messages, octets); });
}

Result<MailboxRow> StoredAccount::mailbox(MailboxId id) const {
  return then(require(partition(), keys::mailbox(id)), [](const std::string& value) { return decode_mailbox(value); });
}

Result<FoundMailbox> StoredAccount::find(View name) const {
  if (Result<void> ready = ledger_.ready(); !ready) return fail(std::move(ready.error()));
  if (name.find('\0') != View::npos) return fail(peer_error(Code::not_found, "mailbox"));
  const Result<NameRow> named = then(require(partition(), keys::name(canonical_name(name))),
                                     [](const std::string& value) { return decode_name(value); });
  if (!named) return fail(named.error());
  return map(mailbox(named->mailbox), [&](const MailboxRow& row) { return FoundMailbox{named->mailbox, row}; });
}

/// RFC 6785 section 2.3.1: an entry of the mailbox counts even where it is empty.
Result<std::string> StoredAccount::event_script(View name) const {
  if (name.find('\0') != View::npos) return fail(peer_error(Code::not_found, "mailbox"));
  const Result<NameRow> named = then(require(partition(), keys::name(canonical_name(name))),
                                     [](const std::string& value) { return decode_name(value); });
  if (!named) return fail(named.error());
  for (const MailboxId id : {named->mailbox, MailboxId{0}}) {
    const Result<std::optional<store::Entry>> row = partition().get(keys::annotation_prefix(id) + own(kEventScript));
    if (!row) return fail(row.error());
    if (*row) return decode_annotation((*row)->value);
  }
  return std::string();
}

Result<std::vector<std::string>> StoredAccount::keywords(MailboxId id) const {
  const Result<std::optional<store::Entry>> row = partition().get(keys::keywords(id));
  if (!row) return fail(row.error());
  if (!*row) return std::vector<std::string>();
  return decode_keywords((*row)->value);
}

Result<imap::UidValidity> StoredAccount::uid_validity(View name) const {
  return map(find(name), [](const FoundMailbox& found) { return imap::UidValidity{found.row.uid_validity}; });
}

Result<std::vector<StoredMessage>> StoredAccount::messages(View name, const vault::OpenKeys* keys) const {
  const Result<FoundMailbox> found = find(name);
  if (!found) return fail(found.error());
  std::vector<UidRow> rows;
  rows.reserve(found->row.messages);
  Result<void> scanned = scan_rows(partition(), found->id, Uid{1}, std::numeric_limits<std::uint64_t>::max(),
                                   [&](Uid uid, MessageRow row) { rows.push_back({uid, std::move(row)}); });
  if (!scanned) return fail(std::move(scanned.error()));
  const Result<std::vector<std::string>> words = keywords(found->id);  // after the rows: knows all their keywords
  if (!words) return fail(words.error());
  std::vector<StoredMessage> messages;
  messages.reserve(rows.size());
  for (const UidRow& row : rows) {
    Body body = body_of(row.row);
    body.octets = exact_octets(row.row, keys);
    messages.push_back(
        {row.uid, std::move(body), {row.row.system, words_of(row.row.keywords, *words)}, row.row.internal_date});
  }
  return messages;
}

Result<void> StoredAccount::remove(View name, std::span<const Uid> uids) {
  const Result<FoundMailbox> found = find(name);
  if (!found) return fail(found.error());
  std::vector<Uid> ascending(uids.begin(), uids.end());
  std::sort(ascending.begin(), ascending.end());
  ascending.erase(std::unique(ascending.begin(), ascending.end()), ascending.end());
  const Result<std::vector<Uid>> removed = expunge(ledger_, found->id, ascending, false);
  bell_->strike();
  if (!removed) return fail(removed.error());
  return {};
}

Result<std::vector<imap::MailboxInfo>> StoredAccount::list() const {
  if (Result<void> ready = ledger_.ready(); !ready) return fail(std::move(ready.error()));
  std::map<std::string, imap::MailboxInfo, std::less<>> infos;
  std::optional<Error> broken;
  Result<void> scanned = partition().scan(
      keys::kNames, store::after_prefix(keys::kSubscriptions), [&](View key, View value, store::Revision) {
        if (key.starts_with(keys::kNames)) {
          const std::string name = own(key.substr(keys::kNames.size()));
          const Result<NameRow> row = decode_name(value);
          if (!row) broken = row.error();
          if (row) infos.insert_or_assign(name, imap::MailboxInfo{.name = name, .use = row->use});
        } else if (key.starts_with(keys::kSubscriptions)) {
          const std::string name = own(key.substr(keys::kSubscriptions.size()));
          imap::MailboxInfo missing{.name = name, .selectable = false, .exists = false};
          infos.insert({name, std::move(missing)}).first->second.subscribed = true;
        }
        return !broken.has_value();
      });
  if (!scanned) return fail(std::move(scanned.error()));
  if (broken) return fail(std::move(*broken));
  std::vector<imap::MailboxInfo> list;
  for (const auto& [name, info] : infos) {
    if (!info.exists) continue;
    for (const std::string& parent : parents_of(name)) {
      if (const auto above = infos.find(parent); above != infos.end()) above->second.has_children = true;
    }
  }
  for (auto& [name, info] : infos) list.push_back(std::move(info));
  return list;
}

std::unique_ptr<imap::Mailboxes> StoredAccount::session(std::shared_ptr<const vault::OpenKeys> keys) {
  return enter({.keys = std::move(keys)});
}

std::unique_ptr<imap::Mailboxes> StoredAccount::enter(const Entrance& entrance) {
  return make_session(shared_from_this(), entrance);
}

Result<std::unique_ptr<Import>> StoredAccount::import_into(View mailbox, std::shared_ptr<const Visitor> visitor) {
  return make_import(shared_from_this(), mailbox, std::move(visitor));
}

Result<std::vector<imap::MetadataEntry>> StoredAccount::notes_on(View mailbox_id) const {
  return read_annotations(partition(), keys::note_prefix(mailbox_id));
}

Result<void> StoredAccount::set_notes_on(View mailbox_id, std::span<const imap::MetadataEntry> entries) {
  return write_annotations(ledger_, keys::note_prefix(mailbox_id), entries,
                           [](const Draft&) { return Result<void>(); });
}

Result<std::vector<imap::MailboxInfo>> StoredAccount::list_for(const Visitor& visitor) const {
  if (Result<void> ready = ledger_.ready(); !ready) return fail(std::move(ready.error()));
  std::map<MailboxId, AclRow> acls;
  std::optional<Error> broken;
  Result<void> scanned =
      partition().scan(keys::kAcls, store::after_prefix(keys::kAcls), [&](View key, View value, store::Revision) {
        const Result<MailboxId> id = keys::mailbox_of(key);
        Result<AclRow> row = decode_acl(value);
        if (!id || !row) broken = id ? row.error() : id.error();
        if (!broken) acls.insert_or_assign(*id, std::move(*row));
        return !broken;
      });
  if (scanned && !broken && acls.empty()) return std::vector<imap::MailboxInfo>();
  std::map<std::string, MailboxId, std::less<>> names;
  if (scanned && !broken) {
    scanned =
        partition().scan(keys::kNames, store::after_prefix(keys::kNames), [&](View key, View value, store::Revision) {
          const Result<NameRow> row = decode_name(value);
          if (!row) broken = row.error();
          if (row && acls.contains(row->mailbox))
            names.insert_or_assign(own(key.substr(keys::kNames.size())), row->mailbox);
          return !broken;
        });
  }
  if (!scanned) return fail(std::move(scanned.error()));
  if (broken) return fail(std::move(*broken));
  std::map<std::string, imap::MailboxInfo, std::less<>> infos;
  for (const auto& [name, id] : names) {
    const Result<imap::Rights> rights = rights_by(acls.at(id), visitor);
    if (!rights) return fail(rights.error());
    if (!rights->has(imap::Right::lookup)) continue;
    imap::MailboxInfo& info = infos[name];  // it may be there as a parent; then it keeps its children
    info.name = name;
    info.exists = true;
    info.selectable = rights->has(imap::Right::read);
    info.rights = *rights;
    for (const std::string& parent : parents_of(name)) {
      imap::MailboxInfo missing{.name = parent, .selectable = false, .exists = false, .rights = {}};
      infos.insert({parent, std::move(missing)}).first->second.has_children = true;
    }
  }
  std::vector<imap::MailboxInfo> list;
  for (auto& [name, info] : infos) list.push_back(std::move(info));
  return list;
}

Result<Reprocessed> StoredAccount::reprocess(std::shared_ptr<const vault::OpenKeys> keys,
                                             const std::function<bool(std::uint64_t, std::uint64_t)>& go_on) {
  if (Result<void> ready = ledger_.ready(); !ready) return fail(std::move(ready.error()));
  Result<vault::Setting> setting = bodies_.setting();
  if (!setting) return fail(std::move(setting.error()));
  Reader reader(partition(), std::move(keys));
  Rewriter rewriter(bodies_, reader, std::move(*setting));
  Result<Reprocessed> outcome = mailbox::reprocess(ledger_, rewriter, go_on);
  bell_->strike();
  const vault::Setting& followed = rewriter.setting();
  if (!outcome || outcome->left > 0 || !followed.reprocess || followed.state == vault::State::pending) return outcome;
  const Result<bool> current = rewriter.is_current();
  if (!current) return fail(current.error());
  if (!*current) return outcome;
  if (Result<void> told = bodies_.report_reprocessed(followed); !told) return fail(std::move(told.error()));
  return outcome;
}

}  // namespace posthorn::mailbox
