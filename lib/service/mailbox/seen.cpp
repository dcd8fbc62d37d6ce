#include "service/mailbox/seen.h"

#include <algorithm>

namespace posthorn::mailbox {

namespace {

/// The first range that ends at `uid` or later.
template <class Ranges>
auto range_at(Ranges& ranges, Uid uid) {
  return std::lower_bound(ranges.begin(), ranges.end(), uid,
                          [](const UidRange& range, Uid wanted) { return range.last < wanted; });
}

}  // namespace

bool SeenSet::contains(Uid uid) const {
  const auto range = range_at(ranges_, uid);
  return range != ranges_.end() && range->first <= uid;
}

void SeenSet::insert(Uid uid) {
  const auto after = range_at(ranges_, uid);
  if (after != ranges_.end() && after->first <= uid) return;
  const bool joins_after = after != ranges_.end() && after->first == uid.next();
  const auto before = after == ranges_.begin() ? ranges_.end() : after - 1;
  const bool joins_before = before != ranges_.end() && before->last.next() == uid;
  if (joins_before && joins_after) {
    before->last = after->last;
    ranges_.erase(after);
  } else if (joins_before) {
    before->last = uid;
  } else if (joins_after) {
    after->first = uid;
  } else {
    ranges_.insert(after, {uid, uid});
  }
}

void SeenSet::erase(Uid uid) {
  const auto range = range_at(ranges_, uid);
  if (range == ranges_.end() || range->first > uid) return;
  const UidRange whole = *range;
  if (whole.first == uid && whole.last == uid) {
    ranges_.erase(range);
  } else if (whole.first == uid) {
    range->first = uid.next();
  } else {
    range->last = Uid{uid.value() - 1};
    if (whole.last != uid) ranges_.insert(range + 1, {uid.next(), whole.last});
  }
}

Result<SeenSet> read_seen(const store::Partition& partition, MailboxId id, store::AccountId visitor) {
  const Result<std::optional<store::Entry>> row = partition.get(keys::seen(id, visitor));
  if (!row) return fail(row.error());
  if (!*row) return SeenSet();
  return map(decode_seen((*row)->value), [](std::vector<UidRange> ranges) { return SeenSet(std::move(ranges)); });
}

Result<std::uint32_t> count_unseen(const store::Partition& partition, MailboxId id, const SeenSet& seen) {
  std::uint32_t unseen = 0;
  std::optional<Error> broken;
  const std::string prefix = keys::message_prefix(id);
  Result<void> scanned = partition.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    const Result<Uid> uid = keys::uid_of(key);
    if (!uid) broken = uid.error();
    if (uid && !seen.contains(*uid)) ++unseen;
    return uid.has_value();
  });
  if (!scanned) return fail(std::move(scanned.error()));
  if (broken) return fail(std::move(*broken));
  return unseen;
}

}  // namespace posthorn::mailbox
