#include "service/mailbox/ledger.h"

#include <array>

#include "service/mailbox/names.h"

namespace posthorn::mailbox {
namespace {

// A conflict means that another process committed: somebody moves on, and each attempt costs one reading of the small
// tables. So many in a row mean that this process is starved.
constexpr int kAttempts = 100;

struct FirstMailbox {
  View name;
  imap::SpecialUse use;
};
constexpr std::array kFirstMailboxes{
    FirstMailbox{kInbox, imap::SpecialUse::none},     FirstMailbox{"Archive", imap::SpecialUse::archive},
    FirstMailbox{"Drafts", imap::SpecialUse::drafts}, FirstMailbox{"Junk", imap::SpecialUse::junk},
    FirstMailbox{"Sent", imap::SpecialUse::sent},     FirstMailbox{"Trash", imap::SpecialUse::trash},
};

/// Takes one row of the small tables into the snapshot.
Result<void> take_row(Snapshot& snapshot, View key, View value, store::Revision written) {
  if (key == keys::kAccount) {
    const Result<AccountRow> row = decode_account(value);
    if (!row) return fail(row.error());
    snapshot.account = *row;
    snapshot.revision = written;
  } else if (key.starts_with(keys::kMailboxes)) {
    const Result<MailboxId> id = keys::mailbox_of(key);
    const Result<MailboxRow> row = decode_mailbox(value);
    if (!id || !row) return fail(id ? row.error() : id.error());
    snapshot.mailboxes.insert_or_assign(*id, *row);
  } else if (key.starts_with(keys::kKeywords)) {
    const Result<MailboxId> id = keys::mailbox_of(key);
    Result<std::vector<std::string>> words = decode_keywords(value);
    if (!id || !words) return fail(id ? words.error() : id.error());
    snapshot.keywords.insert_or_assign(*id, std::move(*words));
  } else if (key.starts_with(keys::kNames)) {
    const Result<NameRow> row = decode_name(value);
    if (!row) return fail(row.error());
    snapshot.names.insert_or_assign(own(key.substr(keys::kNames.size())), *row);
  }
  return {};
}

}  // namespace

Result<Snapshot> read_snapshot(const store::Partition& partition, bool& found) {
  Snapshot snapshot;
  Result<void> taken;
  Result<void> scanned =
      partition.scan(keys::kAccount, keys::kWritersEnd, [&](View key, View value, store::Revision written) {
        taken = take_row(snapshot, key, value, written);
        return taken.has_value();
      });
  if (!scanned) return fail(std::move(scanned.error()));
  if (!taken) return fail(std::move(taken.error()));
  found = snapshot.revision.has_value();
  return snapshot;
}

Result<bool> Ledger::load_tables() {
  bool found = false;
  Result<Snapshot> snapshot = read_snapshot(*partition_, found);
  if (!snapshot) return fail(std::move(snapshot.error()));
  snapshot_ = std::move(*snapshot);
  return found;
}

Result<void> Ledger::load() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Result<bool> found = load_tables();
    if (!found) return fail(found.error());
    if (!*found) {
      Result<void> made = provision();
      if (!made && made.error().code == Code::conflict) continue;
      if (!made) return made;
    }
    loaded_ = true;
    ready_ = true;
    return {};
  }
  return fail(environment_error(Code::conflict, "others write this account all the time"));
}

Result<void> Ledger::provision() {
  snapshot_ = Snapshot();
  Draft draft(snapshot_, *partition_, limits_, clock_.wall());
  for (const FirstMailbox& first : kFirstMailboxes) {
    const Result<MailboxId> made = draft.make_mailbox(first.name, first.use);
    if (!made) return fail(made.error());
  }
  Result<store::Batch> batch = draft.seal();
  if (!batch) return fail(std::move(batch.error()));
  for (const FirstMailbox& first : kFirstMailboxes) batch->put(keys::subscription(first.name), encode_subscription());
  const Result<store::Revision> revision = partition_->commit(*batch);
  if (!revision) return fail(revision.error());
  draft.publish(snapshot_, *revision);
  return {};
}

Result<void> Ledger::ready() {
  if (ready_) return {};
  const std::lock_guard lock(writing_);
  if (loaded_) return {};
  return load();
}

Result<bool> Ledger::is_stale() const {
  const Result<std::optional<store::Entry>> row = partition_->get(keys::kAccount);
  if (!row) return fail(row.error());
  return !*row || (*row)->written != snapshot_.revision;
}

Result<bool> Ledger::attempt(const std::function<Result<void>(Draft&)>& change, bool fresh) {
  Draft draft(snapshot_, *partition_, limits_, clock_.wall());
  Result<void> changed = change(draft);
  if ((!changed || draft.is_doubted()) && !fresh) {
    const Result<bool> stale = is_stale();
    if (!stale) return fail(stale.error());
    if (*stale) return false;
  }
  if (!changed) return fail(std::move(changed.error()));
  const bool real = draft.has_changes();
  if (!real) {
    const store::Batch leftovers = draft.take_leftovers();
    // Bodies that nobody wants: when this fails, the store forgets them by itself later.
    if (!leftovers.empty()) static_cast<void>(partition_->commit(leftovers, store::Durability::relaxed));
    return true;
  }
  Result<store::Batch> batch = draft.seal();
  if (!batch) return fail(std::move(batch.error()));
  const Result<store::Revision> revision = partition_->commit(*batch);
  if (revision) {
    draft.publish(snapshot_, *revision);
    return true;
  }
  loaded_ = false;  // whatever happened, the store knows better
  if (revision.error().code == Code::conflict) return false;
  return fail(revision.error());
}

Result<void> Ledger::write(const std::function<Result<void>(Draft&)>& change) {
  const std::lock_guard lock(writing_);
  for (int attempts = 0; attempts < kAttempts; ++attempts) {
    const bool fresh = !loaded_;
    if (fresh) {
      if (Result<void> read = load(); !read) return read;
    }
    const Result<bool> done = attempt(change, fresh);
    if (!done) return fail(done.error());
    if (*done) return {};
    loaded_ = false;
  }
  return fail(environment_error(Code::conflict, "others write this account all the time"));
}

Result<void> Ledger::hold(const std::function<Result<void>()>& read) {
  const std::lock_guard lock(writing_);
  return read();
}

}  // namespace posthorn::mailbox
