#include "service/mailbox/summary_cache.h"

namespace posthorn::mailbox {

std::shared_ptr<const std::string> SummaryCache::find(store::AccountId account, store::BlobId blob) {
  const Name name{account.value(), blob.value()};
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.places.find(name);
  if (found == shard.places.end()) return nullptr;
  shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
  return found->second->second;
}

void SummaryCache::put(store::AccountId account, store::BlobId blob, std::shared_ptr<const std::string> summary) {
  const Name name{account.value(), blob.value()};
  const std::size_t cost = kEntry + summary->size();
  Shard& shard = shard_of(name);
  Entries gone;  // given back without the lock
  const std::lock_guard lock(shard.mutex);
  if (cost > room_ || shard.places.contains(name)) return;
  shard.recent.emplace_front(name, std::move(summary));
  shard.places.emplace(name, shard.recent.begin());
  shard.octets += cost;
  while (shard.octets > room_) {
    const auto last = std::prev(shard.recent.end());
    shard.octets -= kEntry + last->second->size();
    shard.places.erase(last->first);
    gone.splice(gone.begin(), shard.recent, last);
  }
}

std::size_t SummaryCache::octets() {
  std::size_t all = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    all += shard.octets;
  }
  return all;
}

}  // namespace posthorn::mailbox
