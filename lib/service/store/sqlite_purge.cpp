#include "service/store/sqlite_purge.h"

#include <algorithm>
#include <thread>

namespace posthorn::store::sqlite {
namespace {

// Octets of the lock file: who holds kTurn writes, who holds kNext is the next one. A process that has just written
// must pass kNext again, behind those that wait already, so that none of them starves.
constexpr std::uint64_t kTurn = 0;
constexpr std::uint64_t kNext = 1;

constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::milliseconds kShortPause{1};

std::chrono::milliseconds longer(std::chrono::milliseconds turn) { return std::min(2 * turn, kPurgeTurnMost); }

/// Holds the turn for at most `longest`. Nothing is added to the log meanwhile and all of it is in the database, so
/// that new readers do without the log: only those that read it already are waited for.
Result<bool> purge_in_turn(Connection& connection, const File& lock_file, std::chrono::milliseconds longest) {
  const Result<Lock> turn = take_turn(lock_file);
  if (!turn) return fail(turn.error());
  for (const PurgeTime end = purge_clock() + longest;;) {
    Result<bool> emptied = connection.empty_log();
    if (!emptied || *emptied || purge_clock() >= end) return emptied;
    std::this_thread::sleep_for(kShortPause);
  }
}

}  // namespace

PurgeTime purge_clock() { return std::chrono::steady_clock::now(); }

void PurgeSchedule::worked(bool removed, PurgeTime now) {
  last_ = now;
  if (!removed) return;
  if (!pending_) first_ = now;
  pending_ = removed_ = true;
}

void PurgeSchedule::refused(PurgeTime now) {
  first_ = last_ = now;
  not_before_ = now + kPurgeRests * turn_;
  turn_ = longer(turn_);
}

void PurgeSchedule::done() {
  pending_ = removed_ = false;
  turn_ = kPurgeTurn;
}

std::optional<PurgeTime> PurgeSchedule::due() const {
  if (!pending_) return std::nullopt;
  return std::max(not_before_, std::min<PurgeTime>(last_ + kPurgeIdle, first_ + kPurgeLatest));
}

Result<Lock> take_turn(const File& lock_file) {
  const Result<Lock> next = Lock::take(lock_file, kNext);
  if (!next) return fail(next.error());
  return Lock::take(lock_file, kTurn);
}

Result<void> purge_log(Connection& connection, const File& lock_file, std::chrono::milliseconds patience,
                       std::chrono::milliseconds turn) {
  const PurgeTime end = purge_clock() + patience;
  for (;; turn = longer(turn)) {
    const Result<bool> emptied = purge_in_turn(connection, lock_file, turn);
    if (!emptied) return fail(emptied.error());
    if (*emptied) return {};
    if (purge_clock() >= end) return fail(environment_error(Code::unavailable, "readers use the log of a shard"));
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace posthorn::store::sqlite
