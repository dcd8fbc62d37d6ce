#include "service/store/watchers.h"

#include <utility>

namespace posthorn::store {

class Watchers::Registration : public Watch {
 public:
  Registration(std::shared_ptr<Watchers> watchers, std::multimap<AccountId, std::shared_ptr<Listener>>::iterator place)
      : watchers_(std::move(watchers)), place_(place), listener_(place->second) {}
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() override {
    {
      const std::lock_guard lock(watchers_->mutex_);
      watchers_->listeners_.erase(place_);
    }
    const std::lock_guard lock(listener_->calling);  // waits for a call that runs now
    listener_->changed = nullptr;
  }

 private:
  std::shared_ptr<Watchers> watchers_;
  std::multimap<AccountId, std::shared_ptr<Listener>>::iterator place_;
  std::shared_ptr<Listener> listener_;
};

std::unique_ptr<Watch> Watchers::add(AccountId account, std::function<void()> changed) {
  auto listener = std::make_shared<Listener>();
  listener->changed = std::move(changed);
  const std::lock_guard lock(mutex_);
  return std::make_unique<Registration>(shared_from_this(), listeners_.emplace(account, std::move(listener)));
}

void Watchers::notify(const std::function<bool(AccountId)>& matches) {
  std::vector<std::shared_ptr<Listener>> called;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [account, listener] : listeners_) {
      if (matches(account)) called.push_back(listener);
    }
  }
  call(called);
}

void Watchers::notify(AccountId account) {
  std::vector<std::shared_ptr<Listener>> called;
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = listeners_.equal_range(account);
    for (auto it = begin; it != end; ++it) called.push_back(it->second);
  }
  call(called);
}

void Watchers::call(const std::vector<std::shared_ptr<Listener>>& listeners) {
  for (const std::shared_ptr<Listener>& listener : listeners) {
    const std::lock_guard lock(listener->calling);
    if (listener->changed) listener->changed();
  }
}

}  // namespace posthorn::store
