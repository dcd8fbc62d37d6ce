// The store port: per-account partitions of sorted rows, changed by atomic conditional batches; bodies beside them.
//
// Narrow enough for an ordered key-value store with per-partition atomic batches on a cluster: keys without NUL, forward
// scans only, batches under kMaxBatch octets, no operation over two accounts. Synchronous: commit() blocks its thread
// until the batch is durable; an engine groups all commits that wait into one sync. Safe to call from many threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/strong.h"
#include "posthorn/bytes/view.h"

namespace posthorn::store {

using AccountId = Strong<std::uint64_t, struct AccountTag>;
/// Grows with every commit in a partition.
using Revision = Strong<std::uint64_t, struct RevisionTag>;
/// Names a body inside its account's partition; never used twice.
using BlobId = Strong<std::uint64_t, struct BlobTag>;

/// The partition of the directory (domains, mailboxes, aliases); no mail account has this number.
inline constexpr AccountId kDirectoryAccount{0};

/// Largest sum of keys and values in one batch, octets. Bodies do not count.
inline constexpr std::size_t kMaxBatch = 8U << 20U;

struct Entry {
  std::string value;
  Revision written;  ///< the revision of the commit that wrote it
};

/// A list of changes, applied whole or not at all. A value: build, copy, compare, print, replay.
class Batch {
 public:
  enum class Kind : std::uint8_t { put, erase, expect, keep, drop };
  struct Operation {
    Kind kind;
    std::string key;
    std::string value;
    std::optional<Revision> seen;  ///< for expect; nullopt: the key must be absent
    BlobId blob;                   ///< for keep and drop
    bool operator==(const Operation&) const = default;
  };

  Batch& put(View key, View value);
  Batch& erase(View key);
  /// The commit fails with Code::conflict unless `key` was last written at `seen` (nullopt: is absent).
  Batch& expect(View key, std::optional<Revision> seen);
  /// Makes a finished body permanent; without it the body is forgotten.
  Batch& keep(BlobId blob);
  /// Removes a body for good.
  Batch& drop(BlobId blob);

  [[nodiscard]] std::span<const Operation> operations() const { return operations_; }
  [[nodiscard]] bool empty() const { return operations_.empty(); }
  [[nodiscard]] std::size_t octets() const { return octets_; }
  bool operator==(const Batch&) const = default;

 private:
  std::vector<Operation> operations_;
  std::size_t octets_ = 0;
};

/// When commit() returns: after the sync, or as soon as the change is visible.
enum class Durability : std::uint8_t { synced, relaxed };

/// A body on its way in. Not visible and not durable before a batch keeps it; forgotten when destroyed unfinished.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual Result<void> append(View octets) = 0;
  virtual Result<BlobId> finish() = 0;
};

/// One account's rows and bodies.
class Partition {
 public:
  virtual ~Partition() = default;

  [[nodiscard]] virtual Result<std::optional<Entry>> get(View key) const = 0;
  /// Calls `each(key, entry)` for the keys in [first, last) in octet order until it returns false.
  /// `each` must not call the store. @lifetime key and value live during the call
  virtual Result<void> scan(View first, View last,
                            const std::function<bool(View key, View value, Revision written)>& each) const = 0;
  /// All or nothing. @errors conflict (an expectation failed: nothing changed), too_long (over kMaxBatch), no_space,
  /// unavailable
  virtual Result<Revision> commit(const Batch& batch, Durability durability = Durability::synced) = 0;
  /// The revision of the last commit; 0 for an empty partition.
  [[nodiscard]] virtual Result<Revision> revision() const = 0;
  /// A number that is another one after every commit, by whichever process, before commit() has returned to it; it may
  /// also change without one. Costs nothing: what was read after it was asked holds as long as it stays. Only a process
  /// that is killed inside commit() may leave it as it was, until the next commit.
  [[nodiscard]] virtual std::uint64_t stamp() const = 0;

  [[nodiscard]] virtual Result<std::unique_ptr<BlobWriter>> write_blob() = 0;
  /// Octets [offset, offset + count) of a body, fewer at its end. @errors not_found, corrupt
  [[nodiscard]] virtual Result<std::string> read_blob(BlobId blob, std::uint64_t offset, std::uint64_t count) const = 0;
  /// Every body that is kept, with its size in octets: for checks.
  virtual Result<void> each_blob(const std::function<void(BlobId blob, std::uint64_t octets)>& each) const = 0;
};

/// Calls its function soon after a commit in an account, by whichever process; ends with its object.
class Watch {
 public:
  virtual ~Watch() = default;
};

class Store {
 public:
  virtual ~Store() = default;
  /// The partition of an account; an account that was never written is an empty partition.
  [[nodiscard]] virtual Result<std::unique_ptr<Partition>> open(AccountId account) = 0;
  /// Removes all rows and bodies of an account.
  virtual Result<void> erase(AccountId account) = 0;
  /// Returns when nothing of what was removed before the call is left in the files of the store. Without it an engine
  /// gets to it in its own time. Blocks. @errors unavailable (readers are in the way for long), no_space
  virtual Result<void> purge() = 0;
  virtual Result<void> each_account(const std::function<void(AccountId)>& each) const = 0;
  /// `changed` runs on a thread of the store, must be quick and must not call the store; it may run without a change.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(AccountId account, std::function<void()> changed) = 0;
  /// Reads everything and calls `problem` with one sentence for each thing that is wrong.
  virtual Result<void> check(const std::function<void(View)>& problem) const = 0;
};

/// The first key after all keys that start with `prefix` (which does not end in octet 0xFF).
[[nodiscard]] std::string after_prefix(View prefix);

}  // namespace posthorn::store
