// When and how the log of a shard is emptied, so that what was removed does not live on in its old frames.
//
// A checkpoint that completes lets the log be written again from its start, but what stood behind that place stays in
// the file. Emptying it (a checkpoint of kind TRUNCATE) needs that no reader uses the log: that is tried and, while a
// reader is in the way, tried again, so that readers never wait for it and writers only for a moment. Readers that
// come without a pause would be in the way each time; therefore an attempt lasts longer after each refusal, up to a
// bound, until all that read when it began have ended.
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
/// An attempt holds the turn of the writers for so long at most, besides the copying itself: first,
inline constexpr std::chrono::milliseconds kPurgeTurn{50};
/// and after refusals, each of which doubles it.
inline constexpr std::chrono::milliseconds kPurgeTurnMost{1'600};
/// After a refusal the next attempt is so many times its turn away, so that writers have most of the time.
inline constexpr int kPurgeRests = 5;
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
  void refused(PurgeTime now);
  void done();

  [[nodiscard]] bool pending() const { return pending_; }
  /// Whether this writer has removed something that is not purged yet.
  [[nodiscard]] bool removed() const { return removed_; }
  /// When the next attempt is due; nullopt: nothing is to be done.
  [[nodiscard]] std::optional<PurgeTime> due() const;
  /// How long the next attempt may hold the turn of the writers.
  [[nodiscard]] std::chrono::milliseconds turn() const { return turn_; }

 private:
  PurgeTime first_;
  PurgeTime last_;
  PurgeTime not_before_{};
  std::chrono::milliseconds turn_ = kPurgeTurn;
  bool pending_ = true;
  bool removed_ = false;
};

/// Tries to empty the log until it succeeds or `patience` has passed, at least once. The first attempt holds the turn
/// of the writers for at most `turn`, each further one twice as long, up to kPurgeTurnMost; the turn is free between
/// them. Blocks. @errors unavailable (readers use it), no_space, corrupt
[[nodiscard]] Result<void> purge_log(Connection& connection, const File& lock_file, std::chrono::milliseconds patience,
                                     std::chrono::milliseconds turn = kPurgeTurn);

/// Waits for the turn among all that write to the shard. @lifetime `lock_file` outlives the lock @errors unavailable
[[nodiscard]] Result<Lock> take_turn(const File& lock_file);

}  // namespace posthorn::store::sqlite
