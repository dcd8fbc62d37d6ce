#include "service/directory/cache.h"

namespace posthorn::directory {

Cache::Cache(store::Store& store, const store::Partition& rows)
    : rows_(rows), changes_(std::make_shared<std::atomic<std::uint64_t>>(1)) {
  watch_ = store.watch(store::kDirectoryAccount, [changes = changes_] { changes->fetch_add(1); });
}

std::optional<Resolution> Cache::find(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (++questions_ >= kTrustWatch) {
    questions_ = 0;
    const auto revision = rows_.revision();
    if (!revision || *revision != revision_) changes_->fetch_add(1);
    if (revision) revision_ = *revision;
  }
  drop_if_stale();
  const auto found = answers_.find(address);
  if (found == answers_.end()) return std::nullopt;
  return found->second;
}

void Cache::insert(const std::string& address, const Resolution& answer, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  drop_if_stale();
  if (generation != valid_at_) return;
  if (answers_.size() >= kMax) answers_.clear();
  answers_.insert_or_assign(address, answer);
}

std::size_t Cache::size() {
  const std::lock_guard lock(mutex_);
  drop_if_stale();
  return answers_.size();
}

void Cache::drop_if_stale() {
  const std::uint64_t now = changes_->load();
  if (now == valid_at_) return;
  answers_.clear();
  valid_at_ = now;
}

}  // namespace posthorn::directory
