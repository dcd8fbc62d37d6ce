// Who wants to hear of changes in this process: functions by account. Knows nothing of engines.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "posthorn/service/store/store.h"

namespace posthorn::store {

/// Functions to call when an account changes. Safe to call from many threads.
class Watchers : public std::enable_shared_from_this<Watchers> {
 public:
  /// Registers `changed`. When the Watch has ended, `changed` does not run any more and will not again.
  [[nodiscard]] std::unique_ptr<Watch> add(AccountId account, std::function<void()> changed);
  /// Calls the functions of the accounts for which `matches` holds, on this thread and without the lock of the list.
  void notify(const std::function<bool(AccountId)>& matches);
  /// Calls the functions of one account.
  void notify(AccountId account);

 private:
  struct Listener {
    std::mutex calling;
    std::function<void()> changed;
  };
  class Registration;

  static void call(const std::vector<std::shared_ptr<Listener>>& listeners);

  std::mutex mutex_;
  std::multimap<AccountId, std::shared_ptr<Listener>> listeners_;
};

}  // namespace posthorn::store
