// Tells the sessions of an account that something changed: here at once, by other processes through the store's watch.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace posthorn::mailbox {

/// Safe to call from many threads.
class Bell {
 public:
  /// Grows with every change; a view that remembers it knows whether to look.
  [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_acquire); }

  /// Something changed: views see it from now on.
  void strike() { count_.fetch_add(1, std::memory_order_acq_rel); }

  /// Something changed: views see it and all listeners are called. A listener must not listen() or leave().
  void ring() {
    strike();
    const std::lock_guard lock(mutex_);
    for (const auto& [number, listener] : listeners_) listener();
  }

  [[nodiscard]] std::uint64_t listen(std::function<void()> changed) {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(++last_, std::move(changed));
    return last_;
  }
  /// When it returns, the listener is not running and will not run again.
  void leave(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    listeners_.erase(number);
  }

 private:
  std::atomic<std::uint64_t> count_ = 0;
  std::mutex mutex_;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t last_ = 0;
};

}  // namespace posthorn::mailbox
