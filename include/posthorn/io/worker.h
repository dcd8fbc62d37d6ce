// Threads for work that blocks: store commits, password hashing.
//
// A commit blocks its thread until a whole group of commits is on disk, so the pool grows as long as all its threads
// are busy, up to a named maximum, and lets threads end that were idle for a while.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "posthorn/bytes/clock.h"

namespace posthorn::io {

struct WorkerOptions {
  std::size_t max_threads = 128;                   ///< 1 to 4096
  std::size_t stack_octets = 512U << 10U;          ///< of each thread; address space, not memory
  Duration idle_limit = std::chrono::seconds(20);  ///< a thread without work for so long ends
};

/// A pool of threads that grows on demand.
class Worker {
 public:
  explicit Worker(WorkerOptions options = {});
  /// Finishes what was submitted, then ends all threads.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `job` on a thread of the pool, in the order of submission as far as threads are free. `job` must not throw.
  /// Callable from any thread.
  void submit(std::move_only_function<void()> job);

  /// Threads that exist now.
  [[nodiscard]] std::size_t threads() const;

 private:
  struct Pool;
  std::shared_ptr<Pool> pool_;
};

}  // namespace posthorn::io
