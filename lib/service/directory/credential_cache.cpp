#include "service/directory/credential_cache.h"

#include <algorithm>
#include <span>

#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::directory {

CredentialCache::CredentialCache(Random& random, const Clock* clock, Duration keep_for)
    : clock_(clock), keep_for_(keep_for) {
  std::string key(32, '\0');
  random.fill(std::as_writable_bytes(std::span(key)));
  key_ = Secret(std::move(key));
}

std::string CredentialCache::code_of(View address, const Secret& credential) const {
  const Secret words(own(address).append(1, '\0').append(credential.reveal()));
  return crypto::hmac_sha256(key_.reveal(), words.reveal());
}

std::optional<Admission> CredentialCache::find(View address, const Secret& credential, store::Revision written) {
  if (!is_on()) return std::nullopt;
  const std::string code = code_of(address, credential);
  const std::lock_guard lock(mutex_);
  sweep_locked();
  const auto found = entries_.find(code);
  if (found == entries_.end()) return std::nullopt;
  if (found->second.written == written) return found->second.admission;
  entries_.erase(found);
  return std::nullopt;
}

void CredentialCache::insert(View address, const Secret& credential, store::Revision written,
                             const Admission& admission) {
  if (!is_on()) return;
  std::string code = code_of(address, credential);
  const std::lock_guard lock(mutex_);
  sweep_locked();
  if (entries_.size() >= kMax) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                    [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
  }
  const TimePoint until = clock_->now() + keep_for_;
  entries_.insert_or_assign(std::move(code), Entry{admission, written, until});
  next_end_ = std::min(next_end_, until);
}

void CredentialCache::sweep() {
  if (!is_on()) return;
  const std::lock_guard lock(mutex_);
  sweep_locked();
}

void CredentialCache::sweep_locked() {
  const TimePoint now = clock_->now();
  if (now < next_end_) return;
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.until <= now; });
  next_end_ = TimePoint::max();
  for (const auto& [code, entry] : entries_) next_end_ = std::min(next_end_, entry.until);
}

std::size_t CredentialCache::size() {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace posthorn::directory
