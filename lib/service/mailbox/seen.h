// Which messages of a shared mailbox a visitor has seen, where \Seen is everybody's own.
#pragma once

#include <vector>

#include "posthorn/service/store/store.h"

#include "service/mailbox/rows.h"

namespace posthorn::mailbox {

/// A set of uids. Those of messages that are gone may stay: no uid is used twice.
class SeenSet {
 public:
  SeenSet() = default;
  /// @param ranges  ascending, apart
  explicit SeenSet(std::vector<UidRange> ranges) : ranges_(std::move(ranges)) {}
  [[nodiscard]] bool contains(Uid uid) const;
  void insert(Uid uid);
  void erase(Uid uid);
  [[nodiscard]] const std::vector<UidRange>& ranges() const { return ranges_; }

 private:
  std::vector<UidRange> ranges_;
};

/// @errors corrupt
[[nodiscard]] Result<SeenSet> read_seen(const store::Partition& partition, MailboxId id, store::AccountId visitor);

/// How many messages of a mailbox are not in the set. Reads the keys of all messages.
[[nodiscard]] Result<std::uint32_t> count_unseen(const store::Partition& partition, MailboxId id, const SeenSet& seen);

}  // namespace posthorn::mailbox
