// The writers' side of an account: one at a time, with what they know kept between them, and commits that notice
// when another process was faster.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "posthorn/bytes/clock.h"
#include "posthorn/service/mailbox/limits.h"
#include "posthorn/service/store/store.h"

#include "service/mailbox/draft.h"

namespace posthorn::mailbox {

class Ledger {
 public:
  /// @lifetime `clock` outlives the ledger
  Ledger(std::unique_ptr<store::Partition> partition, const Clock& clock, Limits limits)
      : partition_(std::move(partition)), clock_(clock), limits_(limits) {}

  [[nodiscard]] store::Partition& partition() const { return *partition_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] WallTime wall() const { return clock_.wall(); }

  /// Makes sure that the account has its first mailboxes; reads nothing once it knows.
  Result<void> ready();

  /// Lets `change` fill a draft and commits it; repeats both when another process committed meanwhile, so `change`
  /// starts its results anew each time. Nothing is committed when `change` fails or changes nothing.
  /// @errors those of `change` and of the store; conflict (transient) when others were faster too often
  Result<void> write(const std::function<Result<void>(Draft&)>& change);

  /// Keeps writers of this process out while `read` runs.
  Result<void> hold(const std::function<Result<void>()>& read);

 private:
  Result<void> load();
  Result<bool> load_tables();
  Result<void> provision();
  [[nodiscard]] Result<bool> is_stale() const;
  Result<bool> attempt(const std::function<Result<void>(Draft&)>& change, bool fresh);

  const std::unique_ptr<store::Partition> partition_;
  const Clock& clock_;
  const Limits limits_;
  std::mutex writing_;
  Snapshot snapshot_;    // guarded by writing_
  bool loaded_ = false;  // guarded by writing_
  std::atomic<bool> ready_ = false;
};

/// The small tables, read anew. `found` is false for an account that was never written. @errors corrupt
Result<Snapshot> read_snapshot(const store::Partition& partition, bool& found);

}  // namespace posthorn::mailbox
