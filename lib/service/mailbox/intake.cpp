#include "service/mailbox/intake.h"

#include <algorithm>

#include "service/mailbox/bodies.h"
#include "service/mailbox/changes.h"
#include "service/mailbox/memory.h"
#include "service/mailbox/names.h"
#include "service/mailbox/receipts.h"

namespace posthorn::mailbox {
namespace {

constexpr std::size_t kMessageOctets = 160;  // key and value of a new row without keywords, rounded up

std::size_t cost_of(const NewMessage& message) {
  std::size_t octets = kMessageOctets + message.mailbox.size();
  octets += 2 * message.receipt.size() + message.body.capsule.size() + message.body.summary.size();
  for (const std::string& word : message.flags.keywords) octets += word.size() + 4;
  return octets;
}

Result<void> check_size(const Draft& draft, const Body& body, const Quota& quota) {
  if (body.octets > std::min<std::uint64_t>(draft.limits().message_octets, 0xFFFFFFFF)) {
    return fail(peer_error(Code::too_long, "message"));
  }
  return check_room(draft.account(), quota, 1, body.octets);
}

Result<Uid> add_row(Draft& draft, MailboxId id, const Body& body, const imap::Flags& flags, WallTime internal_date) {
  Result<std::vector<std::uint16_t>> keywords = draft.keyword_indices(id, flags.keywords);
  if (!keywords) return fail(std::move(keywords.error()));
  MessageRow row;
  set_body(row, body);
  row.internal_date = internal_date;
  row.system = flags.system;
  row.keywords = std::move(*keywords);
  return draft.add_message(id, std::move(row));
}

struct Placed {
  MailboxId mailbox;
  Uid uid;
};

/// Adds one message with a body that may be in the draft already; the draft stays good when it cannot be.
Result<Placed> place_as_wanted(Draft& draft, const NewMessage& message, const Quota& quota, bool shared) {
  if (Result<void> fits = check_size(draft, message.body, quota); !fits) return fail(std::move(fits.error()));
  const std::optional<NameRow> named = draft.find(canonical_name(message.mailbox));
  if (!named && !message.create_mailbox) return fail(peer_error(Code::not_found, "mailbox"));
  Result<MailboxId> id = named ? named->mailbox
                               : then(name_to_create(message.mailbox, draft.limits()),
                                      [&](std::string name) { return draft.make_mailbox(name, message.use); });
  if (!id) return fail(std::move(id.error()));
  const Result<Uid> uid = add_row(draft, *id, message.body, message.flags, message.internal_date);
  if (!uid) return fail(uid.error());
  if (!shared) {
    draft.keep(message.body);
  } else if (Result<void> ok = draft.share(message.body.blob); !ok) {
    return fail(std::move(ok.error()));
  }
  return Placed{*id, *uid};
}

/// As place_as_wanted(), or in INBOX where the message may go there.
Result<Placed> place(Draft& draft, const NewMessage& message, const Quota& quota, bool shared = false) {
  Result<Placed> placed = place_as_wanted(draft, message, quota, shared);
  if (placed || !message.or_inbox) return placed;
  const Code code = placed.error().code;
  const bool of_the_place = code == Code::not_found || code == Code::syntax || code == Code::too_many;
  const bool of_a_word = code == Code::too_long && message.body.octets <= draft.limits().message_octets;
  if (!of_the_place && !of_a_word) return placed;
  draft.doubt();  // another process may have made what was missing
  NewMessage fallen = message;
  fallen.mailbox = own(kInbox);
  fallen.flags.keywords.clear();
  return place_as_wanted(draft, fallen, quota, shared);
}

/// Adds one message to the draft, or says why it cannot be; the draft stays good for the others.
Result<Added> add_one(Draft& draft, const NewMessage& message, const Quota& quota) {
  if (message.again) {
    if (Result<void> fresh = check_receipt(draft, message.receipt); !fresh) return fail(std::move(fresh.error()));
  }
  const Result<Placed> placed = place(draft, message, quota);
  if (!placed) return fail(placed.error());
  if (!message.receipt.empty()) put_receipt(draft, message.receipt, placed->mailbox, placed->uid);
  return Added{imap::UidValidity{draft.mailbox(placed->mailbox)->uid_validity}, placed->uid};
}

Result<void> add_all(Draft& draft, const Parcel& parcel, AccountId account, const Quota& quota, WallTime now) {
  if (parcel.again) {
    if (Result<void> fresh = check_receipt(draft, parcel.receipt); !fresh) return fresh;
  }
  Placed first{};
  std::vector<BlobId> kept;
  for (const NewMessage& message : parcel.messages) {
    if (!draft.has_room(cost_of(message))) return fail(peer_error(Code::too_many, "messages for one batch"));
    const bool shared = std::ranges::find(kept, message.body.blob) != kept.end();
    const Result<Placed> placed = place(draft, message, quota, shared);
    if (!placed) return fail(placed.error());
    if (kept.empty()) first = *placed;
    kept.push_back(message.body.blob);
  }
  if (!parcel.receipt.empty()) put_receipt(draft, parcel.receipt, first.mailbox, first.uid);
  for (const Remembrance& remembered : parcel.remembered) {
    if (Result<void> put = put_memory(draft, account, remembered, now); !put) return put;
  }
  return {};
}

std::uint64_t octets_of(const std::vector<NewMessage>& messages) {
  std::uint64_t octets = 0;
  for (const NewMessage& message : messages) octets += message.body.octets;
  return octets;
}

/// @returns the octets that become free
Result<std::uint64_t> remove_one(Draft& draft, const Removal& removal) {
  if (draft.mailbox(removal.mailbox) == nullptr) return fail(peer_error(Code::conflict, "mailbox"));
  const Result<std::vector<UidRow>> rows = read_rows(draft.partition(), removal.mailbox, {removal.uid});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(peer_error(Code::conflict, "message"));
  const MessageRow& row = rows->front().row;
  if (Result<void> released = draft.release(row.blob); !released) return fail(std::move(released.error()));
  Result<void> removed = draft.remove_message(removal.mailbox, removal.uid, row);
  if (!removed) return fail(std::move(removed.error()));
  return row.octets;
}

}  // namespace

Result<Uid> add_to(Draft& draft, MailboxId id, const Body& body, const imap::Flags& flags, WallTime internal_date,
                   const Quota& quota) {
  if (Result<void> fits = check_size(draft, body, quota); !fits) return fail(std::move(fits.error()));
  Result<Uid> uid = add_row(draft, id, body, flags, internal_date);
  if (uid) draft.keep(body);
  return uid;
}

Result<void> add_parcel(Ledger& ledger, const Parcel& parcel, AccountId account, const Quota& quota) {
  const Result<void> written =
      ledger.write([&](Draft& draft) { return add_all(draft, parcel, account, quota, ledger.wall()); });
  if (written) return {};
  std::vector<BlobId> blobs;
  for (const NewMessage& message : parcel.messages) blobs.push_back(message.body.blob);
  forget_unkept(ledger.partition(), blobs);
  return written;
}

Result<imap::AppendOutcome> add_together(Ledger& ledger, const std::vector<NewMessage>& messages, const Quota& quota,
                                         const std::optional<Removal>& removal) {
  imap::AppendOutcome outcome;
  const Result<void> written = ledger.write([&](Draft& draft) -> Result<void> {
    outcome = {};
    const Result<std::uint64_t> freed = removal ? remove_one(draft, *removal) : Result<std::uint64_t>(0);
    if (!freed) return fail(freed.error());
    // Who is over his quota already may still make a message smaller.
    const Quota applied = removal && octets_of(messages) <= *freed ? Quota() : quota;
    for (const NewMessage& message : messages) {
      if (!draft.has_room(cost_of(message))) return fail(peer_error(Code::too_many, "messages for one batch"));
      const Result<Added> added = add_one(draft, message, applied);
      if (!added) return fail(added.error());
      outcome.uid_validity = added->uid_validity;
      outcome.uids.push_back(added->uid);
    }
    return {};
  });
  if (written) return outcome;
  std::vector<BlobId> blobs;
  blobs.reserve(messages.size());
  for (const NewMessage& message : messages) blobs.push_back(message.body.blob);
  forget_unkept(ledger.partition(), blobs);
  return fail(written.error());
}

std::vector<Intake::Waiting*> Intake::take_batch() {
  std::vector<Waiting*> batch;
  std::size_t octets = 0;
  while (!waiting_.empty() && batch.size() < std::max<std::uint32_t>(ledger_.limits().joined_messages, 1)) {
    octets += cost_of(*waiting_.front()->message);
    if (!batch.empty() && octets > store::kMaxBatch / 2) break;
    batch.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return batch;
}

void Intake::commit(const std::vector<Waiting*>& batch) {
  const Result<void> written = ledger_.write([&](Draft& draft) -> Result<void> {
    const Quota quota = quota_();
    for (Waiting* waiting : batch) {
      waiting->outcome = add_one(draft, *waiting->message, quota);
      if (waiting->outcome) continue;
      draft.doubt();
      draft.forget(waiting->message->body.blob);
    }
    return {};
  });
  if (written) return;
  std::vector<BlobId> blobs;
  for (Waiting* waiting : batch) {
    waiting->outcome = fail(written.error());
    blobs.push_back(waiting->message->body.blob);
  }
  forget_unkept(ledger_.partition(), blobs);
}

Result<Added> Intake::add(const NewMessage& message) {
  Waiting mine{&message, fail(Error()), false, {}};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  mine.wake.wait(lock, [&] { return mine.done || !leading_; });
  if (mine.done) return std::move(mine.outcome);
  leading_ = true;
  bool more = true;
  while (more && !mine.done) {
    const std::vector<Waiting*> batch = take_batch();
    lock.unlock();
    commit(batch);
    lock.lock();
    for (Waiting* waiting : batch) {
      waiting->done = true;
      if (waiting != &mine) waiting->wake.notify_one();
    }
    more = !waiting_.empty();
  }
  leading_ = false;
  if (!waiting_.empty()) waiting_.front()->wake.notify_one();
  return std::move(mine.outcome);
}

}  // namespace posthorn::mailbox
