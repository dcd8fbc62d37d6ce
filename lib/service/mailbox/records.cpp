#include "service/mailbox/records.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace posthorn::mailbox {

namespace {
constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);
}  // namespace

std::size_t Records::lower_bound(Uid uid) const {
  const auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [uid](const Block& one) { return one.records->back().uid < uid; });
  if (block == blocks_.end()) return size_;
  const std::vector<Record>& records = *block->records;
  const auto record =
      std::partition_point(records.begin(), records.end(), [uid](const Record& one) { return one.uid < uid; });
  return static_cast<std::size_t>(block - blocks_.begin()) * kBlock +
         static_cast<std::size_t>(record - records.begin());
}

std::size_t Records::find(Uid uid) const {
  const std::size_t index = lower_bound(uid);
  return index < size_ && at(index).uid == uid ? index : size_;
}

void Records::own(Block& block) {
  if (block.mine) return;
  auto copy = std::make_shared<std::vector<Record>>();
  copy->reserve(std::min(kBlock, 2 * block.records->size()));
  copy->assign(block.records->begin(), block.records->end());
  block = {std::move(copy), true};
}

Records::Record& Records::own(std::size_t index) {
  Block& block = blocks_[index / kBlock];
  own(block);
  return (*block.records)[index % kBlock];
}

void Records::push(const Record& record) {
  if (size_ % kBlock == 0) blocks_.push_back({std::make_shared<std::vector<Record>>(), true});
  own(blocks_.back());
  blocks_.back().records->push_back(record);
  ++size_;
}

void Records::count(const Record& record, int sign) {
  const auto step = static_cast<std::uint32_t>(sign);
  const std::uint64_t octets = sign > 0 ? record.octets : std::uint64_t{0} - record.octets;
  if ((record.system & kSeen) == 0) totals_.unseen += step;
  if (record.sealed) totals_.sealed += step;
  if ((record.system & kDeleted) != 0) {
    totals_.deleted += step;
    totals_.deleted_octets += octets;
  }
  totals_.octets += octets;
}

std::uint32_t Records::intern(const std::vector<std::uint16_t>& set) {
  const auto [entry, is_new] = numbers_.insert({set, static_cast<std::uint32_t>(sets_.size())});
  if (is_new) sets_.push_back(set);
  return entry->second;
}

void Records::settle(Record& record, const MessageRow& row, const vault::OpenKeys* keys) {
  // Stored in another way, a padded message has another size for who cannot open it.
  if (record.blob != row.blob) record.octets = static_cast<std::uint32_t>(exact_octets(row, keys));
  record.blob = row.blob;
  record.sealed = !row.capsule.empty();
  record.renumbered = row.email != 0;
}

void Records::append(Uid uid, const MessageRow& row, const vault::OpenKeys* keys) {
  Record record;
  record.uid = uid;
  record.octets = static_cast<std::uint32_t>(exact_octets(row, keys));
  record.blob = row.blob;
  record.date = row.internal_date.time_since_epoch().count();
  if (row.save_date) record.saved = static_cast<std::uint32_t>(row.save_date->time_since_epoch().count());
  record.modseq = row.modseq;
  record.keywords = intern(row.keywords);
  record.system = row.system;
  settle(record, row, keys);
  if (record.renumbered) emails_[uid] = row.email;
  count(record, 1);
  push(record);
}

void Records::locate(std::size_t index, const MessageRow& row, const vault::OpenKeys* keys) {
  Record located = at(index);
  settle(located, row, keys);
  if (located.renumbered) emails_[located.uid] = row.email;
  const Record& known = at(index);
  if (located.blob == known.blob && located.sealed == known.sealed && located.renumbered == known.renumbered) return;
  count(known, -1);
  count(located, 1);
  own(index) = located;
}

void Records::change(std::size_t index, const FlagState& flags) {
  Record& record = own(index);
  count(record, -1);
  record.modseq = flags.modseq;
  record.keywords = intern(flags.keywords);
  record.system = flags.system;
  count(record, 1);
}

void Records::change(std::size_t index, const MessageRow& row, const vault::OpenKeys* keys) {
  change(index, static_cast<const FlagState&>(row));
  locate(index, row, keys);
}

void Records::sweep() {
  std::size_t first = 0;
  while (first < size_ && !at(first).gone) ++first;
  if (first == size_) return;
  // What lies before the first one that is gone stays as it is, shared or not.
  const std::size_t kept = first / kBlock;
  const auto from = blocks_.begin() + static_cast<std::ptrdiff_t>(kept);
  const std::vector<Block> rest(std::make_move_iterator(from), std::make_move_iterator(blocks_.end()));
  blocks_.resize(kept);
  size_ = kept * kBlock;
  for (const Block& block : rest) {
    for (const Record& record : *block.records) {
      if (record.gone) {
        count(record, -1);
      } else {
        push(record);
      }
    }
  }
}

}  // namespace posthorn::mailbox
