// The one writer of a shard. A job that comes while nothing is written is done by the thread that brings it, without
// waking another one; those that come meanwhile wait, and a thread of the writer takes all of them into one transaction
// and one sync.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "posthorn/service/store/store.h"

#include "service/store/sqlite_changes.h"
#include "service/store/sqlite_connection.h"
#include "service/store/sqlite_files.h"
#include "service/store/sqlite_purge.h"

namespace posthorn::store::sqlite {

/// Something to do inside a transaction of the writer.
struct Job {
  /// Refuses (conflict, not_found) before it changes anything; any other failure undoes the transaction. It runs again
  /// after the transaction was undone for the sake of another job.
  std::function<Result<void>(Connection&)> run;
  /// Whose watchers hear of it.
  std::optional<AccountId> changed;
  Durability durability = Durability::relaxed;
  std::size_t octets = 0;
  /// Whether it removes something that must not stay in the files.
  bool removes = false;
};

struct WriterOptions {
  std::string database;   ///< path of the shard's file
  std::string lock_file;  ///< path of the file whose locks serialise the processes
  std::size_t group = 0;
  std::size_t group_octets = 0;
  unsigned checkpoint_pages = 0;
};

class Writer {
 public:
  /// @lifetime `changes` outlives the writer @errors as Connection::open
  [[nodiscard]] static Result<std::unique_ptr<Writer>> open(WriterOptions options, Changes& changes);
  Writer(WriterOptions options, Connection connection, File lock_file, Changes& changes);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Does what is still waiting, then ends.
  ~Writer();

  /// Runs a job and returns when its transaction is durable (or visible, if the whole group is relaxed).
  /// @errors those of the job, no_space, unavailable, corrupt
  [[nodiscard]] Result<void> perform(Job job);
  /// Runs a job some time; nobody hears of its failure.
  void enqueue(Job job);
  /// Does what waits and empties the log, with a connection of its own. @errors as purge_log
  [[nodiscard]] Result<void> purge();

 private:
  struct Ticket;
  using Group = std::vector<std::shared_ptr<Ticket>>;

  /// False: the caller writes now, and calls end_turn().
  [[nodiscard]] bool queue(const std::shared_ptr<Ticket>& ticket, bool may_write);
  void end_turn();
  void work();
  /// Begins a turn when there is something to do; nothing: the end.
  [[nodiscard]] std::optional<Group> take();
  [[nodiscard]] bool is_purge_due() const;
  [[nodiscard]] bool is_checkpoint_due();
  void run_group(std::span<const std::shared_ptr<Ticket>> group);
  [[nodiscard]] Result<void> transact(std::span<const std::shared_ptr<Ticket>> group);
  [[nodiscard]] Result<void> set_durability(std::span<const std::shared_ptr<Ticket>> group);
  void recover();
  void checkpoint();
  void try_purge(std::chrono::milliseconds patience);

  WriterOptions options_;
  // What follows, but for the queue, is of the thread whose turn it is.
  Connection connection_;
  File lock_file_;
  Changes& changes_;
  Durability durability_ = Durability::synced;
  unsigned checkpoint_at_;
  PurgeSchedule purge_{purge_clock()};
  std::mutex mutex_;
  std::condition_variable arrived_;
  struct Queue {
    std::deque<std::shared_ptr<Ticket>> waiting;
    bool taken = false;  // the turn
    bool stopping = false;
    std::optional<PurgeTime> awaited;  // when the thread looks by itself
  } queue_;                            // guarded by mutex_
  std::thread thread_;
};

}  // namespace posthorn::store::sqlite
