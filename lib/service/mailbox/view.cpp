#include "service/mailbox/view.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "posthorn/protocol/imap/search_digest.h"

#include "service/mailbox/append.h"
#include "service/mailbox/names.h"
#include "service/mailbox/rewrite.h"

namespace posthorn::mailbox {
namespace {

using imap::Change;
using imap::SeqNum;

constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);

SeqNum number_at(std::size_t index) { return SeqNum{static_cast<std::uint32_t>(index + 1)}; }

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::shared_ptr<const std::string> keep_summary(SummaryCache& cache, store::AccountId account, BlobId blob,
                                                View octets) {
  auto summary = std::make_shared<const std::string>(octets);
  cache.put(account, blob.value(), summary, summary->size());
  return summary;
}

Error read_only_error() { return peer_error(Code::denied, "mailbox is open read-only"); }

}  // namespace

std::optional<MessageRow> RowsAhead::take(Uid uid) {
  while (next_ < rows_.size() && rows_[next_].uid < uid) ++next_;
  if (next_ >= rows_.size() || rows_[next_].uid != uid) return std::nullopt;
  ++wanted_;
  return std::move(rows_[next_++].row);
}

std::size_t SummariesAhead::begin(std::size_t index) {
  count_ = index == next_ ? std::min(2 * count_, kMost) : 1;
  next_ = index + count_;
  return count_;
}

std::size_t RowsAhead::begin() {
  count_ = wanted_ + 1 >= count_ ? std::min(2 * count_, kMost) : 1;
  clear();
  wanted_ = 0;
  return count_;
}

Result<std::unique_ptr<MailboxView>> MailboxView::open(std::shared_ptr<StoredAccount> account, View name,
                                                       bool read_only, const Entrance& entrance) {
  const std::uint64_t heard = account->bell().count();
  const Result<FoundMailbox> found = account->find(name);
  if (!found) return fail(found.error());
  auto view = std::make_unique<MailboxView>(std::move(account), *found, read_only, entrance);
  view->heard_ = heard;
  view->user_.heard_stamp = view->user_.access.stamp();
  if (Result<void> may = view->user_.access.require(found->id, imap::Right::read); !may)
    return fail(std::move(may.error()));
  if (Result<void> read = view->load_records(found->row); !read) return fail(std::move(read.error()));
  // Afterwards, so that every keyword of the records is among them.
  if (Result<void> read = view->load_keywords(); !read) return fail(std::move(read.error()));
  if (Result<void> read = view->load_seen(); !read) return fail(std::move(read.error()));
  return view;
}

Result<void> MailboxView::load_records(const MailboxRow& now) {
  IndexCache& cache = account_->indexes();
  const auto known = cache.find(account_->id(), id_.value());
  if (known != nullptr && known->row.modseq <= now.modseq) {
    records_ = known->records.share();
    row_ = known->row;
    if (row_ == now) return {};
    if (Result<void> read = absorb(Take::changes_and_new); !read) return read;
    records_.sweep();
    for (std::size_t i = 0; untold_ && i < records_.size(); ++i) records_.set_untold(i, false);
    untold_ = false;
  } else {
    row_.uid_next = 1;
    if (Result<void> read = read_all(now); !read) return read;
  }
  // Who has no keys must not learn the exact sizes of sealed messages from those who have.
  if (records_.totals().sealed > 0) return {};
  auto index = std::make_shared<const Index>(Index{row_, records_.share()});
  cache.put(account_->id(), id_.value(), std::move(index), records_.octets());
  return {};
}

Result<void> MailboxView::load_keywords() {
  Result<std::vector<std::string>> words = account_->keywords(id_);
  if (!words) return fail(std::move(words.error()));
  keywords_ = std::move(*words);
  forget_keywords();
  return {};
}

imap::MailboxStatus MailboxView::status() const {
  imap::MailboxStatus status;
  status.messages = exists();
  const Records::Totals& totals = records_.totals();
  status.unseen = totals.unseen;
  if (user_.access.has_own_seen()) {
    status.unseen = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if ((shown(records_.at(i)) & kSeen) == 0) ++status.unseen;
    }
  }
  status.deleted = totals.deleted;
  status.deleted_octets = totals.deleted_octets;
  status.octets = totals.octets;
  status.uid_validity = imap::UidValidity{row_.uid_validity};
  status.uid_next = Uid{row_.uid_next};
  status.highest_modseq = imap::ModSeq{row_.modseq};
  status.mailbox_id = object_id(account_->id(), id_);
  return status;
}

std::optional<SeqNum> MailboxView::number_of(Uid uid) const {
  const std::size_t index = records_.lower_bound(uid);
  if (index == records_.size() || records_.at(index).uid != uid) return std::nullopt;
  return number_at(index);
}

SeqNum MailboxView::lower_bound(Uid uid) const { return number_at(records_.lower_bound(uid)); }

const imap::MessageFacts& MailboxView::facts(SeqNum number) const {
  const Records::Record& record = records_.at(number.value() - 1);
  imap::MessageFacts& facts = shown_.facts;
  facts.uid = record.uid;
  facts.flags.system = shown(record);
  if (record.keywords != shown_.keywords) {
    facts.flags.keywords = words_of(records_.keywords(record), keywords_);
    shown_.keywords = record.keywords;
  }
  facts.internal_date = WallTime(std::chrono::seconds(record.date));
  facts.save_date.reset();
  if (record.saved != 0) facts.save_date = WallTime(std::chrono::seconds(record.saved));
  facts.octets = record.octets;
  facts.modseq = imap::ModSeq{record.modseq};
  facts.email_id.assign(1, 'M');
  append_number(facts.email_id, account_->id().value());
  facts.email_id += '-';
  append_number(facts.email_id, records_.email_number(record));
  return facts;
}

/// The row of a message as it is now, or was when its neighbour was read; the record learns where its body is.
Result<std::optional<MessageRow>> MailboxView::row_of(std::size_t index) {
  std::optional<MessageRow> row = ahead_.take(records_.at(index).uid);
  if (!row) {
    Result<std::optional<MessageRow>> read = read_row(index);
    if (!read || !*read) return read;
    row = std::move(**read);
  }
  records_.locate(index, *row, reader_.keys());
  return row;
}

Result<std::optional<MessageRow>> MailboxView::read_row(std::size_t index) {
  const Uid wanted = records_.at(index).uid;
  const std::size_t last = std::min(index + ahead_.begin(), records_.size()) - 1;
  std::optional<MessageRow> mine;
  Result<void> scanned = scan_bodies(account_->partition(), id_, wanted,
                                     std::uint64_t{records_.at(last).uid.value()} + 1, [&](Uid uid, MessageRow row) {
                                       if (uid == wanted) {
                                         mine = std::move(row);
                                       } else {
                                         ahead_.put(uid, std::move(row));
                                       }
                                     });
  if (!scanned) return fail(std::move(scanned.error()));
  return mine;
}

/// Opens a sealed message, unless it is open. @errors not_found: it is gone, or no longer sealed
Result<void> MailboxView::open_sealed(std::size_t index) {
  if (reader_.has_open(records_.at(index).blob)) return {};
  Result<std::optional<MessageRow>> row = row_of(index);
  if (!row) return fail(std::move(row.error()));
  if (!*row || !records_.at(index).sealed) return fail(peer_error(Code::not_found, "message"));
  return reader_.open({(*row)->blob, (*row)->octets, std::move((*row)->capsule), (*row)->digest, {}});
}

Result<std::string> MailboxView::read(SeqNum number, std::uint64_t offset, std::uint64_t count) {
  if (Result<void> may = user_.access.require(id_, imap::Right::read); !may) return fail(std::move(may.error()));
  const std::size_t index = number.value() - 1;
  const std::uint64_t told = records_.at(index).octets;  // the client may have been promised so many
  const auto read_once = [&]() -> Result<std::string> {
    if (records_.at(index).sealed) {
      if (const auto opened = open_sealed(index); !opened) return fail(opened.error());
      if (reader_.octets_of_open() != told) return fail(environment_error(Code::corrupt, "not the size that was told"));
      return reader_.read_open(offset, count);
    }
    if (records_.at(index).octets != told) return fail(environment_error(Code::corrupt, "not the size that was told"));
    return reader_.read_plain(records_.at(index).blob, offset, count);
  };
  // Opening a sealed one may find out already that it is another now.
  const BlobId before = records_.at(index).blob;
  Result<std::string> octets = read_once();
  if (octets || octets.error().code != Code::not_found) return octets;
  const BlobId tried = records_.at(index).blob;
  // Somebody may have stored it in another way since this session looked; its content is the same.
  ahead_.clear();
  const Result<std::optional<MessageRow>> row = row_of(index);
  const BlobId now = records_.at(index).blob;
  if (!row || !*row || (now == before && now == tried)) return octets;
  return read_once();
}

/// Reads the summaries of records [first, end) into the cache: those that are neighbours by one scan.
Result<void> MailboxView::read_summaries(std::size_t first, std::size_t end) {
  std::vector<BlobId> blobs;
  for (std::size_t i = first; i < end; ++i) blobs.push_back(records_.at(i).blob);
  std::sort(blobs.begin(), blobs.end());
  SummaryCache& cache = account_->summaries();
  std::size_t next = 0;  // of blobs
  const auto none_before = [&](BlobId blob) {
    for (; next < blobs.size() && blobs[next] < blob; ++next) {
      keep_summary(cache, account_->id(), blobs[next], {});
    }
  };
  std::optional<Error> broken;
  std::size_t strangers = 0;
  // Copies of old mail may lie far apart: then what lies between is not worth reading.
  const std::size_t most_strangers = 4 * blobs.size();
  Result<void> scanned = account_->partition().scan(keys::summary(blobs.front()), keys::summary(blobs.back()) + "~",
                                                    [&](View key, View value, store::Revision) {
                                                      const Result<BlobId> blob = keys::blob_of_summary(key);
                                                      const Result<View> summary = decode_summary(value);
                                                      if (!blob || !summary) {
                                                        broken = blob ? summary.error() : blob.error();
                                                        return false;
                                                      }
                                                      none_before(*blob);
                                                      if (next < blobs.size() && blobs[next] == *blob) {
                                                        keep_summary(cache, account_->id(), *blob, *summary);
                                                        ++next;
                                                        return true;
                                                      }
                                                      return ++strangers < most_strangers;
                                                    });
  if (!scanned) return scanned;
  if (broken) return fail(std::move(*broken));
  if (strangers < most_strangers) none_before(BlobId{blobs.back().value() + 1});
  return {};
}

Result<std::shared_ptr<const std::string>> MailboxView::stored_summary(std::size_t index) {
  const BlobId blob = records_.at(index).blob;
  SummaryCache& cache = account_->summaries();
  if (auto known = cache.find(account_->id(), blob.value())) return known;
  const std::size_t count = summaries_ahead_.begin(index);
  if (count > 1) {
    const Result<void> read = read_summaries(index, std::min(index + count, records_.size()));
    if (!read) return fail(read.error());
    if (auto known = cache.find(account_->id(), blob.value())) return known;
  }
  const Result<std::optional<store::Entry>> row = account_->partition().get(keys::summary(blob));
  if (!row) return fail(row.error());
  const Result<View> summary = *row ? decode_summary((*row)->value) : Result<View>(View());
  if (!summary) return fail(summary.error());
  return keep_summary(cache, account_->id(), blob, *summary);
}

Result<std::string> MailboxView::summary(SeqNum number) {
  if (Result<void> may = user_.access.require(id_, imap::Right::read); !may) return fail(std::move(may.error()));
  const std::size_t index = number.value() - 1;
  const auto stored = stored_summary(index);
  if (!stored) return fail(stored.error());
  if ((*stored)->empty() || !records_.at(index).sealed) return **stored;
  const BlobId sealed = records_.at(index).blob;
  if (const auto opened = open_sealed(index); !opened) return fail(opened.error());
  if (records_.at(index).blob != sealed) return std::string();
  return reader_.summary_of_open(**stored);
}

bool MailboxView::may_hold(SeqNum number, View folded) {
  const std::size_t index = number.value() - 1;
  if (!records_.at(index).sealed) return true;
  if (!open_sealed(index)) return true;  // reading it says why
  return imap::may_hold(reader_.digest_of_open(), folded);
}

bool MailboxView::changed() const {
  return untold_ || heard_ != account_->bell().count() || user_.heard_stamp != user_.access.stamp();
}

std::vector<Change> MailboxView::report_gone() {
  std::vector<Change> changes;
  for (std::size_t i = records_.size(); i-- > 0;) {  // from the end: no number shifts another one
    if (records_.at(i).gone) changes.push_back({Change::Kind::expunged, number_at(i), records_.at(i).uid});
  }
  if (!changes.empty()) records_.sweep();
  return changes;
}

Result<std::vector<Change>> MailboxView::poll(bool expunges) {
  const std::size_t before = records_.size();
  Result<void> read = absorb(Take::changes_and_new);
  // What is known already is told even so: a message's MODSEQ must not be told long before its flags.
  if (!read && (!untold_ || read.error().code == Code::not_found)) return fail(std::move(read.error()));
  const bool grown = records_.size() != before;
  std::vector<Change> changes;
  if (untold_ && expunges) changes = report_gone();
  if (grown) changes.push_back({Change::Kind::exists, SeqNum{exists()}, Uid()});
  if (!untold_) return changes;
  bool left = false;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Records::Record& record = records_.at(i);
    left = left || record.gone;
    if (!record.untold) continue;
    if (!record.gone) changes.push_back({Change::Kind::flags, number_at(i), record.uid});
    records_.set_untold(i, false);
  }
  untold_ = left;
  if (!read && changes.empty()) return fail(std::move(read.error()));
  return changes;
}

std::vector<Uid> MailboxView::uids_of(std::span<const SeqNum> messages) const {
  std::vector<Uid> uids;
  uids.reserve(messages.size());
  for (const SeqNum number : messages) {
    if (number.value() >= 1 && number.value() <= records_.size()) uids.push_back(uid_at(number));
  }
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

void MailboxView::show_stored(const UidFlags& stored, const FlagRequest& request) {
  const std::size_t index = records_.find(stored.uid);
  if (index == records_.size() || records_.at(index).modseq == stored.flags.modseq) return;
  const Records::Record& record = records_.at(index);
  // Somebody else's change may have come in with ours: then the client must hear of the whole.
  FlagState expected{0, record.system, records_.keywords(record)};
  std::vector<std::uint16_t> indices;
  for (std::size_t i = 0; i < keywords_.size(); ++i) {
    const auto same = [&](const std::string& word) { return same_word(word, keywords_[i]); };
    if (std::any_of(request.flags.keywords.begin(), request.flags.keywords.end(), same)) {
      indices.push_back(static_cast<std::uint16_t>(i));
    }
  }
  expected = apply_flags(std::move(expected), request, indices);
  records_.change(index, stored.flags);
  if (expected.system == stored.flags.system && expected.keywords == stored.flags.keywords) return;
  records_.set_untold(index, true);
  untold_ = true;
}

/// Shows what STORE changed while nobody else changed anything.
void MailboxView::show_undisturbed(const std::vector<UidFlags>& states, std::uint64_t modseq) {
  row_.modseq = modseq;
  std::size_t index = 0;
  for (const UidFlags& stored : states) {
    if (index >= records_.size() || records_.at(index).uid != stored.uid) index = records_.find(stored.uid);
    if (index < records_.size() && records_.at(index).modseq != stored.flags.modseq)
      records_.change(index, stored.flags);
    ++index;
  }
}

Result<std::vector<Uid>> MailboxView::store_flags(std::span<const SeqNum> messages, imap::FlagChange change,
                                                  const imap::Flags& flags,
                                                  std::optional<imap::ModSeq> unchanged_since) {
  if (read_only_) return fail(read_only_error());
  const Result<FlagRequest> request = allowed_part({change, flags, unchanged_since});
  if (!request) return fail(request.error());
  Result<FlagOutcome> outcome =
      change_flags(account_->ledger(), id_, uids_of(messages), *request, {records_, row_.modseq});
  account_->bell().strike();
  if (!outcome) return fail(std::move(outcome.error()));
  if (!outcome->keywords.empty()) keywords_ = std::move(outcome->keywords);
  forget_keywords();
  if (outcome->undisturbed) {
    show_undisturbed(outcome->states, *outcome->undisturbed);
  } else {
    for (const UidFlags& stored : outcome->states) show_stored(stored, *request);
  }
  if (request->seen_of) {
    if (Result<void> read = load_seen(); !read) return fail(std::move(read.error()));
  }
  return std::move(outcome->left_alone);
}

void MailboxView::forget(const std::vector<Uid>& uids) {
  for (const Uid uid : uids) {
    if (const std::size_t index = records_.find(uid); index < records_.size()) records_.set_gone(index);
  }
}

Result<std::vector<Change>> MailboxView::expunge(const std::vector<Uid>* only) {
  if (read_only_) return fail(read_only_error());
  if (Result<void> may = user_.access.require(id_, imap::Right::expunge); !may) return fail(std::move(may.error()));
  if (Result<void> read = absorb(Take::changes); !read) return fail(std::move(read.error()));
  std::vector<Uid> wanted;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if ((records_.at(i).system & kDeleted) != 0) wanted.push_back(records_.at(i).uid);
  }
  if (only != nullptr) {
    const std::set<Uid> chosen(only->begin(), only->end());
    std::erase_if(wanted, [&](Uid uid) { return !chosen.contains(uid); });
  }
  const Result<std::vector<Uid>> removed = mailbox::expunge(account_->ledger(), id_, wanted, true);
  account_->bell().strike();
  if (!removed) return fail(removed.error());
  forget(*removed);
  return report_gone();
}

Result<imap::CopyOutcome> MailboxView::transfer(std::span<const SeqNum> messages, View target, Transfer kind) {
  const std::optional<std::string> inside =
      user_.elsewhere == nullptr ? own(target) : user_.elsewhere->inside(account_->id(), target);
  // A visitor's flags may have to change on the way, by the rights in the target and by what he has seen.
  if (!inside || user_.access.visitor() != nullptr) return carry_to(uids_of(messages), target, kind);
  Result<vault::Setting> setting = account_->bodies().setting();
  if (!setting) return fail(std::move(setting.error()));
  // Also when the target is renamed meanwhile, all goes into one mailbox.
  const Result<FoundMailbox> found = account_->find(*inside);
  if (!found) return fail(found.error());
  Rewriter rewriter(account_->bodies(), reader_, std::move(*setting));
  Result<imap::CopyOutcome> outcome =
      transfer_as_set(account_->ledger(), rewriter, id_, uids_of(messages), found->id, kind, account_->quota());
  account_->bell().strike();
  return outcome;
}

Result<imap::CopyOutcome> MailboxView::copy(std::span<const SeqNum> messages, View target) {
  if (Result<void> may = user_.access.require(id_, imap::Right::read); !may) return fail(std::move(may.error()));
  return transfer(messages, target, Transfer::copy);
}

Result<std::pair<imap::CopyOutcome, std::vector<Change>>> MailboxView::move(std::span<const SeqNum> messages,
                                                                            View target) {
  if (read_only_) return fail(read_only_error());
  Result<void> may = user_.access.require(id_, imap::Right::read | imap::Right::set_deleted | imap::Right::expunge);
  if (!may) return fail(std::move(may.error()));
  Result<imap::CopyOutcome> outcome = transfer(messages, target, Transfer::move);
  if (!outcome) return fail(std::move(outcome.error()));
  forget(outcome->source);
  return std::pair(std::move(*outcome), report_gone());
}

// The new message first, as it may be here too: then nobody sees a moment without either (RFC 8508 section 3.3).
std::vector<Change> MailboxView::report_replaced(Uid uid) {
  forget({uid});
  Result<std::vector<Change>> news = poll(false);
  std::vector<Change> changes = news ? std::move(*news) : std::vector<Change>();
  // What cannot be read now is told after the next command.
  const std::vector<Change> gone = report_gone();
  changes.insert(changes.end(), gone.begin(), gone.end());
  if (news) untold_ = false;
  return changes;
}

Result<std::unique_ptr<imap::Append>> MailboxView::replace(SeqNum number, View target) {
  if (read_only_) return fail(read_only_error());
  const std::optional<std::string> inside =
      user_.elsewhere == nullptr ? own(target) : user_.elsewhere->inside(account_->id(), target);
  // One batch cannot reach over two accounts, and a visitor's flags go by other rules.
  if (!inside || user_.access.visitor() != nullptr) return fail(peer_error(Code::unsupported, "REPLACE over accounts"));
  const Result<FoundMailbox> found = account_->find(*inside);
  if (!found) return fail(found.error());
  const Records::Record& old = records_.at(number.value() - 1);
  return std::make_unique<StoredAppend>(account_, canonical_name(*inside),
                                        StoredAppend::Replaced{{id_, old.uid}, old.octets},
                                        [this, uid = old.uid] { return report_replaced(uid); });
}

}  // namespace posthorn::mailbox
