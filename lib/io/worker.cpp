#include "posthorn/io/worker.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include <pthread.h>

namespace posthorn::io {

struct Worker::Pool {
  explicit Pool(WorkerOptions o) : options(o) {}

  WorkerOptions options;
  mutable std::mutex mutex;
  std::condition_variable work;      // a job came, or the end
  std::condition_variable finished;  // a thread ended
  std::deque<std::move_only_function<void()>> jobs;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool ending = false;

  // The caller holds the lock. False when the machine gives no thread: those that exist must do.
  bool grow(const std::shared_ptr<Pool>& self);
  void serve();
};

bool Worker::Pool::grow(const std::shared_ptr<Pool>& self) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, options.stack_octets);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // Each thread owns the pool with the others, so that the last one may outlive the Worker by a moment.
  auto owned = std::make_unique<std::shared_ptr<Pool>>(self);
  pthread_t thread;
  const auto body = [](void* argument) -> void* {
    const std::unique_ptr<std::shared_ptr<Pool>> pool(static_cast<std::shared_ptr<Pool>*>(argument));
    (*pool)->serve();
    return nullptr;
  };
  const int failed = pthread_create(&thread, &attributes, body, owned.get());
  pthread_attr_destroy(&attributes);
  if (failed != 0) return false;
  static_cast<void>(owned.release());
  ++threads;
  return true;
}

void Worker::Pool::serve() {
  std::unique_lock lock(mutex);
  for (;;) {
    if (jobs.empty()) {
      if (ending) break;
      ++idle;
      const bool came = work.wait_for(lock, options.idle_limit, [this] { return !jobs.empty() || ending; });
      --idle;
      if (!came) break;
      continue;
    }
    std::move_only_function<void()> job = std::move(jobs.front());
    jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  --threads;
  finished.notify_all();
}

Worker::Worker(WorkerOptions options) : pool_(std::make_shared<Pool>(options)) {}

Worker::~Worker() {
  std::unique_lock lock(pool_->mutex);
  pool_->ending = true;
  pool_->work.notify_all();
  pool_->finished.wait(lock, [this] { return pool_->threads == 0; });
}

void Worker::submit(std::move_only_function<void()> job) {
  std::unique_lock lock(pool_->mutex);
  pool_->jobs.push_back(std::move(job));
  if (pool_->idle < pool_->jobs.size() && pool_->threads < pool_->options.max_threads) {
    if (!pool_->grow(pool_) && pool_->threads == 0) {
      // Not one thread to be had: the caller's own has to do.
      std::move_only_function<void()> own_job = std::move(pool_->jobs.back());
      pool_->jobs.pop_back();
      lock.unlock();
      own_job();
      return;
    }
  }
  lock.unlock();
  pool_->work.notify_one();
}

std::size_t Worker::threads() const {
  const std::lock_guard lock(pool_->mutex);
  return pool_->threads;
}

}  // namespace posthorn::io
