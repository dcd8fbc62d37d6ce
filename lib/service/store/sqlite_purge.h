// When and how the log of a shard is emptied, so that what was removed does not live on in its old frames.
//
// A checkpoint that completes lets the log be written again from its start, but what stood behind that place stays in
// the file. Emptying it (a checkpoint of kind TRUNCATE) needs that no reader uses the log: that is tried and, while a
// reader is in the way, tried again, so that readers never wait for it and writers only for a moment.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"

#include "service/store/sqlite_connection.h"
#include "service/store/sqlite_files.h"

namespace posthorn::store::sqlite {

using PurgeTime = std::chrono::steady_clock::time_point;

/// A shard where something was removed is purged when its writer had nothing to do for so long,
inline constexpr std::chrono::milliseconds kPurgeIdle{1'000};
/// and at the latest after so long.
inline constexpr std::chrono::milliseconds kPurgeLatest{5'000};
/// An attempt holds the turn of the writers for so long at most, besides the copying itself.
inline constexpr std::chrono::milliseconds kPurgeTurn{50};
/// So long a writer that ends, and store.purge(), try while readers are in the way.
inline constexpr std::chrono::milliseconds kPurgeAtEnd{1'000};
inline constexpr std::chrono::milliseconds kPurgePatience{30'000};

/// The time now, for the schedule.
[[nodiscard]] PurgeTime purge_clock();

/// Knows when the next attempt is due. A value; the writer's thread uses it.
class PurgeSchedule {
 public:
  /// What processes that were killed have removed is purged after the opening.
  explicit PurgeSchedule(PurgeTime opened) : first_(opened), last_(opened) {}

  /// The writer has finished a transaction. `removed`: octets of it, or of what it replaced, are to go.
  void worked(bool removed, PurgeTime now);
  /// A reader was in the way, or the disk.
  void refused(PurgeTime now) { first_ = last_ = now; }
  void done() { pending_ = removed_ = false; }

  [[nodiscard]] bool pending() const { return pending_; }
  /// Whether this writer has removed something that is not purged yet.
  [[nodiscard]] bool removed() const { return removed_; }
  /// When the next attempt is due; nullopt: nothing is to be done.
  [[nodiscard]] std::optional<PurgeTime> due() const;

 private:
  PurgeTime first_;
  PurgeTime last_;
  bool pending_ = true;
  bool removed_ = false;
};

/// Tries to empty the log until it succeeds or `patience` has passed. Lets go of the turn of the
/// writers between the attempts. Blocks. @errors unavailable (readers use it), no_space, corrupt
[[nodiscard]] Result<void> purge_log(Connection& connection, const File& lock_file, std::chrono::milliseconds patience);

/// Waits for the turn among all that write to the shard. @lifetime `lock_file` outlives the lock @errors unavailable
[[nodiscard]] Result<Lock> take_turn(const File& lock_file);

}  // namespace posthorn::store::sqlite
