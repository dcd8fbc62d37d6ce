// Summaries of messages that were read lately, for all sessions of a process: as they lie in the store, so those of
// sealed messages stay sealed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "posthorn/service/store/store.h"

namespace posthorn::mailbox {

/// The least recently used go when the room is full. Safe to call from many threads.
class SummaryCache {
 public:
  /// @param octets  room for summaries and what it costs to keep them
  explicit SummaryCache(std::size_t octets) : room_(octets / kShards) {}

  /// null when it is not in here. A message without a summary has an empty one.
  [[nodiscard]] std::shared_ptr<const std::string> find(store::AccountId account, store::BlobId blob);
  void put(store::AccountId account, store::BlobId blob, std::shared_ptr<const std::string> summary);
  /// Octets in use.
  [[nodiscard]] std::size_t octets();

 private:
  static constexpr std::size_t kShards = 16;
  /// What an entry costs beyond its summary.
  static constexpr std::size_t kEntry = 192;

  struct Name {
    std::uint64_t account;
    std::uint64_t blob;
    bool operator==(const Name&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Name& name) const {
      std::uint64_t h = (name.account * 0x9E3779B97F4A7C15U) ^ (name.blob * 0xF1357AEA2E62A9C5U);
      return static_cast<std::size_t>(h ^ (h >> 32U));
    }
  };
  using Entries = std::list<std::pair<Name, std::shared_ptr<const std::string>>>;
  struct Shard {
    std::mutex mutex;
    Entries recent;  // the one that was used last in front
    std::unordered_map<Name, Entries::iterator, Hash> places;
    std::size_t octets = 0;
  };
  Shard& shard_of(const Name& name) { return shards_[(Hash()(name) >> 8U) % kShards]; }

  const std::size_t room_;  // of one shard
  std::array<Shard, kShards> shards_;
};

}  // namespace posthorn::mailbox
