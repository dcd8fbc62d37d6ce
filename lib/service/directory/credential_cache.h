// Logins that were right a moment ago, for webmails that log in for every request: without it each would cost a
// hashing.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/store/store.h"

namespace posthorn::directory {

/// Keeps no password, only a code of it under a key that this process drew and never shows. An answer holds for one
/// credential of one login and for one revision of its row, so every change of a password, key or setting ends it.
/// Opened keys stay in memory as long as their entry. Safe to call from many threads.
class CredentialCache {
 public:
  static constexpr std::size_t kMax = 1000;

  /// @param clock  null: nothing is ever kept
  CredentialCache(Random& random, const Clock* clock, Duration keep_for);

  [[nodiscard]] std::optional<Admission> find(View address, const Secret& credential, store::Revision written);
  void insert(View address, const Secret& credential, store::Revision written, const Admission& admission);
  /// Forgets what is too old; called by everything that happens anyway.
  void sweep();
  [[nodiscard]] std::size_t size();

 private:
  struct Entry {
    Admission admission;
    store::Revision written;
    TimePoint until;
  };
  [[nodiscard]] bool is_on() const { return clock_ != nullptr && keep_for_ > Duration::zero(); }
  [[nodiscard]] std::string code_of(View address, const Secret& credential) const;
  void sweep_locked();

  const Clock* const clock_;
  const Duration keep_for_;
  Secret key_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  TimePoint next_end_ = TimePoint::max();
};

}  // namespace posthorn::directory
