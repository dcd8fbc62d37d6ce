#include "service/mailbox/session.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "service/mailbox/changes.h"
#include "service/mailbox/names.h"
#include "service/mailbox/rewrite.h"
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

/// A message that a client sends with APPEND.
class StoredAppend : public imap::Append {
 public:
  StoredAppend(std::shared_ptr<StoredAccount> account, std::unique_ptr<BodyWriter> writer, NewMessage message)
      : account_(std::move(account)), writer_(std::move(writer)), message_(std::move(message)) {}

  Result<void> write(View octets) override { return writer_->append(octets); }
  Result<imap::AppendOutcome> finish() override {
    Result<Body> body = writer_->finish();
    if (!body) return fail(std::move(body.error()));
    message_.body = std::move(*body);
    return account_->add(message_);
  }

 private:
  std::shared_ptr<StoredAccount> account_;
  std::unique_ptr<BodyWriter> writer_;
  NewMessage message_;
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
        draft.remove_message(*id, found.uid, found.row);
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
  Session(std::shared_ptr<StoredAccount> account, std::shared_ptr<const vault::OpenKeys> keys)
      : account_(std::move(account)), keys_(std::move(keys)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override { stop_listening(); }

  Result<std::vector<imap::MailboxInfo>> list() override { return account_->list(); }
  Result<imap::MailboxStatus> status(View name) override;
  Result<void> create(View name, imap::SpecialUse use) override;
  Result<void> remove(View name) override;
  Result<void> rename(View from, View to) override;
  Result<void> subscribe(View name) override;
  Result<void> unsubscribe(View name) override;
  Result<std::unique_ptr<imap::SelectedMailbox>> select(View name, bool read_only) override;
  Result<std::unique_ptr<imap::Append>> append(View name, const imap::Flags& flags,
                                               std::optional<WallTime> internal_date, std::uint64_t octets) override;
  [[nodiscard]] std::uint64_t generation() const override { return account_->bell().count(); }
  void set_watch(std::function<void()> changed) override;

 private:
  Result<void> write(const std::function<Result<void>(Draft&)>& change) {
    Result<void> written = account_->ledger().write(change);
    account_->bell().strike();
    return written;
  }
  void stop_listening() {
    if (listener_) account_->bell().leave(*listener_);
    listener_.reset();
  }

  const std::shared_ptr<StoredAccount> account_;
  const std::shared_ptr<const vault::OpenKeys> keys_;
  std::optional<std::uint64_t> listener_;
};

Result<imap::MailboxStatus> Session::status(View name) {
  const Result<FoundMailbox> found = account_->find(name);
  if (!found) return fail(found.error());
  const MailboxRow& row = found->row;
  imap::MailboxStatus status;
  status.messages = row.messages;
  status.unseen = row.unseen;
  status.deleted = row.deleted;
  status.octets = row.octets;
  status.uid_validity = imap::UidValidity{row.uid_validity};
  status.uid_next = Uid{row.uid_next};
  status.highest_modseq = imap::ModSeq{row.modseq};
  status.mailbox_id = "m" + std::to_string(found->id.value());
  return status;
}

Result<void> Session::create(View name, imap::SpecialUse use) {
  const Result<std::string> wanted = name_to_create(name, account_->limits());
  if (!wanted) return fail(wanted.error());
  // \All and \Flagged stand for virtual mailboxes (RFC 6154 section 2), which are not offered.
  if (use == imap::SpecialUse::all || use == imap::SpecialUse::flagged)
    return fail(peer_error(Code::unsupported, "use"));
  return write([&](Draft& draft) -> Result<void> {
    if (draft.find(*wanted)) return fail(peer_error(Code::exists, "mailbox"));
    return without_value(draft.make_mailbox(*wanted, use));
  });
}

Result<void> Session::remove(View name) {
  const std::string wanted = canonical_name(name);
  if (wanted == kInbox) return fail(peer_error(Code::denied, "INBOX"));
  Result<void> removed = remove_whole(account_->ledger(), wanted);
  account_->bell().strike();
  return removed;
}

Result<void> Session::rename(View from, View to) {
  const std::string source = canonical_name(from);
  const Result<std::string> target = name_to_create(to, account_->limits());
  if (!target) return fail(target.error());
  if (source == kInbox) {
    Result<void> emptied = empty_inbox_into(*account_, keys_, *target);
    account_->bell().strike();
    return emptied;
  }
  if (is_below(*target, source)) return fail(peer_error(Code::denied, "a mailbox cannot go below itself"));
  return write([&](Draft& draft) -> Result<void> {
    if (!draft.find(source)) return fail(no_mailbox());
    if (draft.find(*target)) return fail(peer_error(Code::exists, "mailbox"));
    for (const auto& [name, row] : draft.names()) {
      if (name != source && !is_below(name, source)) continue;
      const std::string renamed = *target + name.substr(source.size());
      if (Result<std::string> good = name_to_create(renamed, account_->limits()); !good) return fail(good.error());
      if (draft.find(renamed)) return fail(peer_error(Code::exists, "a child of the new name"));
      draft.rename(name, renamed);
    }
    const std::vector<std::string> parents = parents_of(*target);
    if (parents.empty() || draft.find(parents.back())) return {};
    return without_value(draft.make_mailbox(parents.back(), imap::SpecialUse::none));
  });
}

Result<void> Session::subscribe(View name) {
  const Result<std::string> wanted = name_to_create(name, account_->limits());
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
  Result<std::unique_ptr<MailboxView>> view = MailboxView::open(account_, name, read_only, keys_);
  if (!view) return fail(std::move(view.error()));
  return std::unique_ptr<imap::SelectedMailbox>(std::move(*view));
}

Result<std::unique_ptr<imap::Append>> Session::append(View name, const imap::Flags& flags,
                                                      std::optional<WallTime> internal_date, std::uint64_t octets) {
  const Result<FoundMailbox> found = account_->find(name);
  if (!found) return fail(found.error());
  if (octets > account_->limits().message_octets) return fail(peer_error(Code::too_long, "message"));
  if (Result<void> room = account_->room_for(octets); !room) return fail(std::move(room.error()));
  for (const std::string& word : flags.keywords) {
    if (Result<void> good = check_keyword(word, account_->limits()); !good) return fail(std::move(good.error()));
  }
  Result<std::unique_ptr<BodyWriter>> writer = account_->write_body();
  if (!writer) return fail(std::move(writer.error()));
  NewMessage message;
  message.mailbox = canonical_name(name);
  message.flags = flags;
  message.internal_date = internal_date.value_or(account_->ledger().wall());
  return std::make_unique<StoredAppend>(account_, std::move(*writer), std::move(message));
}

void Session::set_watch(std::function<void()> changed) {
  stop_listening();
  if (changed) listener_ = account_->bell().listen(std::move(changed));
}

}  // namespace

std::unique_ptr<imap::Mailboxes> make_session(std::shared_ptr<StoredAccount> account,
                                              std::shared_ptr<const vault::OpenKeys> keys) {
  return std::make_unique<Session>(std::move(account), std::move(keys));
}

}  // namespace posthorn::mailbox
