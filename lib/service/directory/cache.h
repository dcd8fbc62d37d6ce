// Answers of the directory that were true a moment ago, for the hot path of SMTP.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/store/store.h"

namespace posthorn::directory {

/// Forgets everything when the directory partition changes, in whichever process: at the store's watch, and at the
/// latest when kTrustWatch further questions were asked, which compares revisions (a watch may come late).
/// Only positive answers are kept, kMax at most. Safe to call from many threads.
class Cache {
 public:
  static constexpr std::size_t kMax = 10'000;
  static constexpr std::uint32_t kTrustWatch = 32;

  Cache(store::Store& store, const store::Partition& rows);

  /// What the caller saw before it read the store; insert() takes answers only while nothing changed since.
  [[nodiscard]] std::uint64_t generation() const { return changes_->load(); }
  [[nodiscard]] std::optional<Resolution> find(const std::string& address);
  void insert(const std::string& address, const Resolution& answer, std::uint64_t generation);
  /// After a change of our own: the watch may come later.
  void forget() { changes_->fetch_add(1); }
  [[nodiscard]] std::size_t size();

 private:
  void drop_if_stale();

  const store::Partition& rows_;
  std::shared_ptr<std::atomic<std::uint64_t>> changes_;  ///< the watch may outlive a destructor that has begun
  std::mutex mutex_;
  std::unordered_map<std::string, Resolution> answers_;
  std::uint64_t valid_at_ = 0;  ///< the generation of answers_
  std::uint32_t questions_ = 0;
  store::Revision revision_;
  std::unique_ptr<store::Watch> watch_;
};

}  // namespace posthorn::directory
