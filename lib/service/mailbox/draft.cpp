#include "service/mailbox/draft.h"

#include <algorithm>
#include <limits>

#include "service/mailbox/names.h"

namespace posthorn::mailbox {
namespace {

// What seal() may add besides the rows that were announced: account, mailbox and name rows, expectations, log heads.
constexpr std::size_t kSealRoom = 256U << 10U;
constexpr std::size_t kLogOctets = 8;  // of one uid in a log row, at worst
constexpr std::size_t kReferenceOctets = 32;
constexpr std::size_t kKeyOctets = 24;
constexpr std::size_t kSummaryKeyOctets = 18;
constexpr std::uint32_t kScanGap = 16;  // uids further apart than this are read by separate scans

constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);

std::size_t cost_of_state(const FlagState& state) { return 14 + 2 * state.keywords.size(); }

std::vector<Uid>& ordered(std::vector<Uid>& uids) {
  if (!std::is_sorted(uids.begin(), uids.end())) std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

}  // namespace

Result<void> scan_bodies(const store::Partition& partition, MailboxId mailbox, Uid first, std::uint64_t end,
                         const std::function<void(Uid, MessageRow)>& each) {
  const std::string last = end > std::numeric_limits<std::uint32_t>::max()
                               ? store::after_prefix(keys::message_prefix(mailbox))
                               : keys::message(mailbox, Uid{static_cast<std::uint32_t>(end)});
  std::optional<Error> broken;
  Result<void> scanned =
      partition.scan(keys::message(mailbox, first), last, [&](View key, View value, store::Revision) {
        const Result<Uid> uid = keys::uid_of(key);
        Result<MessageRow> row = decode_message(value);
        if (!uid || !row) {
          broken = uid ? row.error() : uid.error();
          return false;
        }
        each(*uid, std::move(*row));
        return true;
      });
  if (!scanned) return scanned;
  if (broken) return fail(std::move(*broken));
  return {};
}

Result<void> scan_flags(const store::Partition& partition, MailboxId mailbox, Uid first, std::uint64_t end,
                        const std::function<void(std::uint32_t, FlagBlock)>& each) {
  if (end <= first.value()) return {};
  const Uid last{
      static_cast<std::uint32_t>(std::min<std::uint64_t>(end - 1, std::numeric_limits<std::uint32_t>::max()))};
  std::optional<Error> broken;
  Result<void> scanned =
      partition.scan(keys::flags(mailbox, FlagBlock::number(first)), keys::flags(mailbox, FlagBlock::number(last) + 1),
                     [&](View key, View value, store::Revision) {
                       const Result<std::uint32_t> number = keys::block_of(key);
                       Result<FlagBlock> block = decode_flags(value);
                       if (!number || !block) {
                         broken = number ? block.error() : number.error();
                         return false;
                       }
                       each(*number, std::move(*block));
                       return true;
                     });
  if (!scanned) return scanned;
  if (broken) return fail(std::move(*broken));
  return {};
}

Result<void> scan_rows(const store::Partition& partition, MailboxId mailbox, Uid first, std::uint64_t end,
                       const std::function<void(Uid, MessageRow)>& each) {
  std::vector<std::pair<std::uint32_t, FlagBlock>> blocks;
  Result<void> read = scan_flags(partition, mailbox, first, end, [&](std::uint32_t number, FlagBlock block) {
    blocks.emplace_back(number, std::move(block));
  });
  if (!read) return read;
  auto block = blocks.begin();
  return scan_bodies(partition, mailbox, first, end, [&](Uid uid, MessageRow row) {
    while (block != blocks.end() && block->first < FlagBlock::number(uid)) ++block;
    if (block != blocks.end() && block->first == FlagBlock::number(uid)) {
      if (const FlagState* now = block->second.find(uid)) static_cast<FlagState&>(row) = *now;
    }
    each(uid, std::move(row));
  });
}

Result<std::vector<UidRow>> read_rows(const store::Partition& partition, MailboxId mailbox,
                                      const std::vector<Uid>& uids) {
  std::vector<UidRow> rows;
  rows.reserve(uids.size());
  for (std::size_t begin = 0, end = 0; begin < uids.size(); begin = end) {
    for (end = begin + 1; end < uids.size() && uids[end].value() - uids[end - 1].value() <= kScanGap;) ++end;
    std::size_t at = begin;
    Result<void> scanned = scan_rows(partition, mailbox, uids[begin], std::uint64_t{uids[end - 1].value()} + 1,
                                     [&](Uid uid, MessageRow row) {
                                       while (at < end && uids[at] < uid) ++at;
                                       if (at < end && uids[at] == uid) rows.push_back({uid, std::move(row)});
                                     });
    if (!scanned) return fail(std::move(scanned.error()));
  }
  return rows;
}

void set_body(MessageRow& row, const Body& body) {
  // Another form of the same message: it is known by the number of its first body.
  if (row.blob != BlobId{} && row.email == 0) row.email = row.blob.value();
  if (row.email == body.blob.value()) row.email = 0;
  row.blob = body.blob;
  row.octets = body.octets;
  row.capsule = body.capsule;
  row.digest = body.digest;
}

Draft::Draft(const Snapshot& before, const store::Partition& partition, const Limits& limits, WallTime now)
    : before_(before), partition_(partition), limits_(limits), now_(now), account_(before.account) {}

std::optional<NameRow> Draft::find(View name) const {
  if (const auto own_row = names_.find(name); own_row != names_.end()) return own_row->second;
  const auto row = before_.names.find(name);
  return row == before_.names.end() ? std::nullopt : std::optional(row->second);
}

std::vector<std::pair<std::string, NameRow>> Draft::names() const {
  std::map<std::string, NameRow, std::less<>> all = before_.names;
  for (const auto& [name, row] : names_) {
    if (row) {
      all.insert_or_assign(name, *row);
    } else {
      all.erase(name);
    }
  }
  return {all.begin(), all.end()};
}

const MailboxRow* Draft::mailbox(MailboxId id) const {
  if (const auto touched = mailboxes_.find(id); touched != mailboxes_.end()) {
    return touched->second ? &touched->second->row : nullptr;
  }
  const auto row = before_.mailboxes.find(id);
  return row == before_.mailboxes.end() ? nullptr : &row->second;
}

Draft::Touched& Draft::touch(MailboxId id) {
  changed_ = true;
  std::optional<Touched>& touched = mailboxes_[id];
  if (!touched) {
    touched.emplace();
    if (const auto row = before_.mailboxes.find(id); row != before_.mailboxes.end()) touched->row = row->second;
  }
  return *touched;
}

Result<MailboxId> Draft::make_mailbox(View name, imap::SpecialUse use) {
  if (const std::optional<NameRow> row = find(name)) return row->mailbox;
  std::vector<std::string> missing = parents_of(name);
  std::erase_if(missing, [this](const std::string& parent) { return find(parent).has_value(); });
  missing.push_back(own(name));
  const std::size_t gone = static_cast<std::size_t>(
      std::count_if(names_.begin(), names_.end(), [](const auto& row) { return !row.second.has_value(); }));
  if (before_.names.size() + names_.size() + missing.size() > limits_.mailboxes + 2 * gone) {
    return fail(peer_error(Code::too_many, "mailboxes"));
  }
  const Result<std::string> acl = inherited_acl(name);
  if (!acl) return fail(acl.error());
  for (const std::string& path : missing) {
    const MailboxId id{account_.next_mailbox++};
    if (!acl->empty()) put_beside(keys::acl(id), *acl);
    // Time makes a UIDVALIDITY new even after the whole account was erased and made again.
    const auto seconds = static_cast<std::uint32_t>(std::max<std::int64_t>(now_.time_since_epoch().count(), 1));
    account_.last_validity = std::max(account_.last_validity + 1, seconds);
    MailboxRow& row = touch(id).row;
    row.uid_validity = account_.last_validity;
    row.log_floor = before_.account.modseq;
    names_.insert_or_assign(path, NameRow{id, path == name ? use : imap::SpecialUse::none});
    pending_octets_ += path.size() + 128;
  }
  return find(name)->mailbox;
}

Result<std::string> Draft::inherited_acl(View name) const {
  const std::vector<std::string> parents = parents_of(name);
  for (std::size_t i = parents.size(); i-- > 0;) {
    const std::optional<NameRow> parent = find(parents[i]);
    // One that this draft makes has the ACL of its own parent.
    if (!parent || !before_.mailboxes.contains(parent->mailbox)) continue;
    Result<std::optional<store::Entry>> row = partition_.get(keys::acl(parent->mailbox));
    if (!row) return fail(std::move(row.error()));
    return *row ? std::move((*row)->value) : std::string();
  }
  return std::string();
}

void Draft::put_beside(View key, View value) {
  changed_ = true;
  batch_.put(key, value);
}

void Draft::erase_beside(View key) {
  changed_ = true;
  batch_.erase(key);
}

void Draft::rename(View from, View to) {
  const std::optional<NameRow> row = find(from);
  if (!row) return;
  changed_ = true;
  pending_octets_ += from.size() + to.size() + 32;
  names_.insert_or_assign(own(from), std::nullopt);
  names_.insert_or_assign(own(to), *row);
}

Result<void> Draft::remove_mailbox(View name, MailboxId id) {
  for (const std::string& prefix :
       {keys::flags_prefix(id), keys::log_prefix(id), keys::seen_prefix(id), keys::annotation_prefix(id) + "/"}) {
    Result<void> scanned =
        partition_.scan(prefix, store::after_prefix(prefix), [this](View key, View, store::Revision) {
          batch_.erase(key);
          return true;
        });
    if (!scanned) return scanned;
  }
  batch_.erase(keys::acl(id));
  batch_.erase(keys::mailbox(id));
  batch_.erase(keys::keywords(id));
  changed_ = true;
  mailboxes_[id].reset();
  keywords_.erase(id);
  names_.insert_or_assign(own(name), std::nullopt);
  return {};
}

const std::vector<std::string>& Draft::keywords(MailboxId id) const {
  static const std::vector<std::string> none;
  if (const auto words = keywords_.find(id); words != keywords_.end()) return words->second;
  const auto words = before_.keywords.find(id);
  return words == before_.keywords.end() ? none : words->second;
}

Result<std::vector<std::uint16_t>> Draft::keyword_indices(MailboxId id, const std::vector<std::string>& words) {
  std::vector<std::uint16_t> indices;
  for (const std::string& word : words) {
    if (Result<void> good = check_keyword(word, limits_); !good) return fail(std::move(good.error()));
    const std::vector<std::string>& known = keywords(id);
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& k) { return same_word(k, word); });
    const auto index = static_cast<std::size_t>(found - known.begin());
    if (found == known.end()) {
      if (known.size() >= std::min<std::size_t>(limits_.keywords, 0xFFFF)) {
        return fail(peer_error(Code::too_many, "keywords"));
      }
      std::vector<std::string> longer = known;
      longer.push_back(word);
      keywords_.insert_or_assign(id, std::move(longer));
      touch(id);
    }
    indices.push_back(static_cast<std::uint16_t>(index));
  }
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

void Draft::count(MailboxRow& row, std::uint64_t size, const FlagState& flags, int sign) {
  const auto one = static_cast<std::uint32_t>(sign);
  row.messages += one;
  if ((flags.system & kSeen) == 0) row.unseen += one;
  const std::uint64_t octets = sign > 0 ? size : 0 - size;
  if ((flags.system & kDeleted) != 0) {
    row.deleted += one;
    if (row.deleted_octets) *row.deleted_octets += octets;
    if (row.deleted == 0) row.deleted_octets = 0;
  }
  row.octets += octets;
  account_.octets += octets;
  account_.messages += static_cast<std::uint64_t>(static_cast<std::int64_t>(sign));
}

Result<Uid> Draft::add_message(MailboxId id, MessageRow row) {
  MailboxRow& target = touch(id).row;
  if (target.uid_next == std::numeric_limits<std::uint32_t>::max())
    return fail(peer_error(Code::too_many, "no uid left"));
  const Uid uid{target.uid_next++};
  row.modseq = modseq();
  row.save_date = now_;
  count(target, row.octets, row, 1);
  batch_.put(keys::message(id, uid), encode(row));
  return uid;
}

Result<FlagBlock*> Draft::flag_block(MailboxId id, Uid uid) {
  const std::pair name(id, FlagBlock::number(uid));
  if (flags_.last_block != nullptr && flags_.last == name) return flags_.last_block;
  auto found = flags_.blocks.find(name);
  if (found == flags_.blocks.end()) {
    const Result<std::optional<store::Entry>> row = partition_.get(keys::flags(id, name.second));
    if (!row) return fail(row.error());
    Result<FlagBlock> block = *row ? decode_flags((*row)->value) : Result<FlagBlock>();
    if (!block) return fail(std::move(block.error()));
    found = flags_.blocks.emplace(name, std::move(*block)).first;
  }
  flags_.last = name;
  flags_.last_block = &found->second;
  flags_.last_changed = flags_.changed.contains(name);
  return flags_.last_block;
}

void Draft::will_change(MailboxId id, Uid uid, const FlagBlock& block) {
  if (flags_.last_changed) return;
  if (flags_.changed.insert({id, FlagBlock::number(uid)}).second) pending_octets_ += kKeyOctets + block.octets();
  flags_.last_changed = true;
}

Result<void> Draft::load_flags(MailboxId id, std::span<const Uid> uids) {
  if (uids.size() < 2) return {};
  const Uid first = uids.front();
  const Uid last = uids.back();
  if (FlagBlock::number(last) - FlagBlock::number(first) > uids.size()) return {};
  for (std::uint32_t number = FlagBlock::number(first); number <= FlagBlock::number(last); ++number)
    flags_.blocks.try_emplace({id, number});
  return scan_flags(partition_, id, first, std::uint64_t{last.value()} + 1, [&](std::uint32_t number, FlagBlock block) {
    const std::pair name(id, number);
    if (!flags_.changed.contains(name)) flags_.blocks.insert_or_assign(name, std::move(block));
  });
}

Result<void> Draft::change_flags(MailboxId id, Uid uid, std::uint64_t octets, const FlagState& before,
                                 FlagState& after) {
  const Result<FlagBlock*> block = flag_block(id, uid);
  if (!block) return fail(block.error());
  Touched& touched = touch(id);
  after.modseq = modseq();
  count(touched.row, octets, before, -1);
  count(touched.row, octets, after, 1);
  will_change(id, uid, **block);
  (*block)->set(uid, after);
  touched.flagged.push_back(uid);
  pending_octets_ += cost_of_state(after) + kLogOctets;
  return {};
}

Result<void> Draft::change_body(MailboxId id, Uid uid, const MessageRow& old_row, const Body& body) {
  const Result<FlagBlock*> block = flag_block(id, uid);
  if (!block) return fail(block.error());
  Touched& touched = touch(id);
  MessageRow row = old_row;
  set_body(row, body);
  row.modseq = modseq();
  count(touched.row, old_row.octets, old_row, -1);
  count(touched.row, row.octets, row, 1);
  batch_.put(keys::message(id, uid), encode(row));
  will_change(id, uid, **block);
  (*block)->erase(uid);
  // Views that are open learn of it as of a change of flags, and read the row again.
  touched.flagged.push_back(uid);
  pending_octets_ += kLogOctets;
  return {};
}

Result<void> Draft::remove_message(MailboxId id, Uid uid, const MessageRow& row) {
  const Result<FlagBlock*> block = flag_block(id, uid);
  if (!block) return fail(block.error());
  Touched& touched = touch(id);
  count(touched.row, row.octets, row, -1);
  batch_.erase(keys::message(id, uid));
  if ((*block)->find(uid) != nullptr) {
    will_change(id, uid, **block);
    (*block)->erase(uid);
  }
  touched.expunged.push_back(uid);
  pending_octets_ += kLogOctets;
  return {};
}

Result<void> Draft::load_references(BlobId lowest, BlobId highest) {
  std::optional<Error> broken;
  Result<void> scanned = partition_.scan(
      keys::reference(lowest), keys::reference(highest) + "~", [&](View key, View value, store::Revision) {
        const Result<std::uint64_t> blob = keys::number(key, keys::kReferences.size(), 16);
        const Result<std::uint32_t> count = decode_references(value);
        if (!blob || !count) {
          broken = blob ? count.error() : blob.error();
          return false;
        }
        references_.counts.insert({BlobId{*blob}, {*count, *count}});
        return true;
      });
  if (!scanned) return scanned;
  if (broken) return fail(std::move(*broken));
  references_.loaded = {lowest, highest};
  return {};
}

Result<void> Draft::count_references(BlobId blob, std::uint32_t*& count) {
  auto found = references_.counts.find(blob);
  if (found == references_.counts.end()) {
    std::uint32_t before = 1;
    const bool loaded = references_.loaded && blob >= references_.loaded->first && blob <= references_.loaded->second;
    if (!loaded) {
      const Result<std::optional<store::Entry>> row = partition_.get(keys::reference(blob));
      if (!row) return fail(row.error());
      if (*row) {
        const Result<std::uint32_t> stored = decode_references((*row)->value);
        if (!stored) return fail(stored.error());
        before = *stored;
      }
    }
    found = references_.counts.insert({blob, {before, before}}).first;
  }
  count = &found->second.second;
  return {};
}

void Draft::keep(const Body& body) {
  batch_.keep(body.blob);
  if (!body.summary.empty()) batch_.put(keys::summary(body.blob), encode_summary(body.summary));
}

Result<void> Draft::share(BlobId blob) {
  std::uint32_t* references = nullptr;
  if (Result<void> ok = count_references(blob, references); !ok) return ok;
  ++*references;
  pending_octets_ += kReferenceOctets;
  return {};
}

Result<void> Draft::release(BlobId blob) {
  std::uint32_t* references = nullptr;
  if (Result<void> ok = count_references(blob, references); !ok) return ok;
  if (*references > 0) --*references;
  pending_octets_ += *references > 0 ? kReferenceOctets : kSummaryKeyOctets;
  return {};
}

bool Draft::has_room(std::size_t octets) const {
  return batch_.octets() + pending_octets_ + octets + kSealRoom <= store::kMaxBatch;
}

void Draft::seal_references() {
  for (const auto& [blob, counts] : references_.counts) {
    const auto& [before, now] = counts;
    if (before == now) continue;
    if (now >= 2) batch_.put(keys::reference(blob), encode_references(now));
    if (now < 2 && before >= 2) batch_.erase(keys::reference(blob));
    if (now > 0) continue;
    batch_.drop(blob);
    batch_.erase(keys::summary(blob));
  }
}

Result<void> Draft::trim_log(MailboxId id, MailboxRow& row) {
  if (row.log_rows <= std::uint64_t{limits_.log_rows} + limits_.log_rows / 4) return {};
  std::uint32_t surplus = row.log_rows - limits_.log_rows;
  std::optional<Error> broken;
  Result<void> scanned = partition_.scan(
      keys::log_prefix(id), store::after_prefix(keys::log_prefix(id)), [&](View key, View, store::Revision) {
        const Result<std::uint64_t> at = keys::number(key, keys::kLog.size() + 9, 16);
        if (!at) {
          broken = at.error();
          return false;
        }
        batch_.erase(key);
        row.log_floor = *at;
        --row.log_rows;
        return --surplus > 0;
      });
  if (!scanned) return scanned;
  if (broken) return fail(std::move(*broken));
  return {};
}

Result<void> Draft::seal_mailbox(MailboxId id, Touched& touched) {
  MailboxRow& row = touched.row;
  row.modseq = modseq();
  if (!touched.flagged.empty() || !touched.expunged.empty()) {
    LogRow log;
    for (const Uid uid : ordered(touched.expunged)) append_uid(log.expunged, uid);
    for (const Uid uid : ordered(touched.flagged)) {
      if (!std::binary_search(touched.expunged.begin(), touched.expunged.end(), uid)) append_uid(log.flags, uid);
    }
    batch_.put(keys::log(id, modseq()), encode(log));
    ++row.log_rows;
    if (Result<void> trimmed = trim_log(id, row); !trimmed) return trimmed;
  }
  batch_.put(keys::mailbox(id), encode(row));
  return {};
}

void Draft::seal_flags() {
  for (const auto& name : flags_.changed) {
    const auto mailbox = mailboxes_.find(name.first);
    if (mailbox != mailboxes_.end() && !mailbox->second) continue;  // its rows are erased already
    const FlagBlock& block = flags_.blocks.at(name);
    const std::string key = keys::flags(name.first, name.second);
    if (block.empty()) {
      batch_.erase(key);
    } else {
      batch_.put(key, encode(block));
    }
  }
}

Result<store::Batch> Draft::seal() {
  account_.modseq = modseq();
  batch_.expect(keys::kAccount, before_.revision);
  batch_.put(keys::kAccount, encode(account_));
  for (auto& [id, touched] : mailboxes_) {
    if (!touched) continue;
    if (Result<void> sealed = seal_mailbox(id, *touched); !sealed) return fail(std::move(sealed.error()));
  }
  for (const auto& [name, row] : names_) {
    if (row) {
      batch_.put(keys::name(name), encode(*row));
    } else {
      batch_.erase(keys::name(name));
    }
  }
  for (const auto& [id, words] : keywords_) batch_.put(keys::keywords(id), encode_keywords(words));
  seal_flags();
  seal_references();
  return std::move(batch_);
}

void Draft::publish(Snapshot& snapshot, store::Revision revision) const {
  snapshot.revision = revision;
  snapshot.account = account_;
  for (const auto& [id, touched] : mailboxes_) {
    if (touched) {
      snapshot.mailboxes.insert_or_assign(id, touched->row);
    } else {
      snapshot.mailboxes.erase(id);
      snapshot.keywords.erase(id);
    }
  }
  for (const auto& [name, row] : names_) {
    if (row) {
      snapshot.names.insert_or_assign(name, *row);
    } else {
      snapshot.names.erase(name);
    }
  }
  for (const auto& [id, words] : keywords_) snapshot.keywords.insert_or_assign(id, words);
}

}  // namespace posthorn::mailbox
