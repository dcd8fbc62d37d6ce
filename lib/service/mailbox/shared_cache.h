// What was read lately and belongs to no session alone, for all sessions of a process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "posthorn/service/store/store.h"

namespace posthorn::mailbox {

/// Values by an account and a number that is unique in it. The least recently used go when the room is full. Safe to
/// call from many threads.
/// @tparam kShards  parts with a lock and an equal share of the room each: no value is larger than one
template <class Value, std::size_t kShards = 1>
class SharedCache {
 public:
  /// @param octets  room for values and what it costs to keep them
  explicit SharedCache(std::size_t octets) : room_(octets / kShards) {}

  /// null when it is not in here.
  [[nodiscard]] std::shared_ptr<const Value> find(store::AccountId account, std::uint64_t number) {
    const Name name{account.value(), number};
    Shard& shard = shard_of(name);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.places.find(name);
    if (found == shard.places.end()) return nullptr;
    shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
    return found->second->value;
  }

  /// Takes the place of an older value. One that is larger than the room is not kept.
  void put(store::AccountId account, std::uint64_t number, std::shared_ptr<const Value> value, std::size_t octets) {
    const Name name{account.value(), number};
    const std::size_t cost = kEntry + octets;
    Shard& shard = shard_of(name);
    Entries gone;  // given back without the lock
    const std::lock_guard lock(shard.mutex);
    if (const auto old = shard.places.find(name); old != shard.places.end()) shard.take(old->second, gone);
    if (cost > room_) return;
    shard.recent.push_front({name, std::move(value), cost});
    shard.places.emplace(name, shard.recent.begin());
    shard.octets += cost;
    while (shard.octets > room_) shard.take(std::prev(shard.recent.end()), gone);
  }

  /// Octets in use.
  [[nodiscard]] std::size_t octets() {
    std::size_t all = 0;
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      all += shard.octets;
    }
    return all;
  }

 private:
  /// What an entry costs beyond its value.
  static constexpr std::size_t kEntry = 192;

  struct Name {
    std::uint64_t account;
    std::uint64_t number;
    bool operator==(const Name&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Name& name) const {
      std::uint64_t h = (name.account * 0x9E3779B97F4A7C15U) ^ (name.number * 0xF1357AEA2E62A9C5U);
      return static_cast<std::size_t>(h ^ (h >> 32U));
    }
  };
  struct Entry {
    Name name;
    std::shared_ptr<const Value> value;
    std::size_t cost;
  };
  using Entries = std::list<Entry>;
  struct Shard {
    std::mutex mutex;
    Entries recent;  // the one that was used last in front
    std::unordered_map<Name, typename Entries::iterator, Hash> places;
    std::size_t octets = 0;

    void take(typename Entries::iterator entry, Entries& into) {
      octets -= entry->cost;
      places.erase(entry->name);
      into.splice(into.begin(), recent, entry);
    }
  };
  Shard& shard_of(const Name& name) { return shards_[(Hash()(name) >> 8U) % kShards]; }

  const std::size_t room_;  // of one shard
  std::array<Shard, kShards> shards_;
};

}  // namespace posthorn::mailbox
