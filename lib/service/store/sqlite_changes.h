// Tells watchers in all processes that an account changed: counters in a small shared file and a futex beside them.
// Knows no SQL; nothing in the file matters after a crash.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "posthorn/service/store/store.h"

#include "service/store/watchers.h"

namespace posthorn::store::sqlite {

class Changes {
  struct Board;
  struct Unmap {
    void operator()(Board* board) const;
  };

 public:
  /// Opens or makes the file. @errors unavailable, no_space
  [[nodiscard]] static Result<std::unique_ptr<Changes>> open(const std::string& path);
  explicit Changes(std::unique_ptr<Board, Unmap> board);
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;
  ~Changes();

  /// As Partition::stamp().
  [[nodiscard]] std::uint32_t stamp(AccountId account) const;
  /// Notes a change of an account; ring() tells of it.
  void mark(AccountId account);
  /// Wakes the listeners of all processes; one system call when there is none.
  void ring();
  /// As Store::watch. The first one starts the thread that listens.
  [[nodiscard]] std::unique_ptr<Watch> watch(AccountId account, std::function<void()> changed);

 private:
  void listen();
  /// Compares the counters with those seen last; true for each slot that moved.
  [[nodiscard]] std::vector<bool> moved();

  std::unique_ptr<Board, Unmap> board_;
  std::shared_ptr<Watchers> watchers_ = std::make_shared<Watchers>();
  std::mutex mutex_;
  std::thread listener_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::uint32_t> seen_;
};

}  // namespace posthorn::store::sqlite
