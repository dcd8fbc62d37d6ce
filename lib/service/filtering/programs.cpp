#include "service/filtering/programs.h"

#include <utility>

namespace posthorn::filtering {

std::shared_ptr<const sieve::Compilation> Programs::get(const Script& script, const sieve::Limits& limits) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = by_key_.find(script.key); known != by_key_.end()) {
      order_.splice(order_.begin(), order_, known->second);
      return known->second->compilation;
    }
  }
  auto compilation = std::make_shared<const sieve::Compilation>(sieve::compile(View(*script.text), limits));
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(script.key) || most_ == 0) return compilation;
  order_.push_front({script.key, compilation});
  by_key_.emplace(order_.front().key, order_.begin());
  if (order_.size() > most_) {
    by_key_.erase(order_.back().key);
    order_.pop_back();
  }
  return compilation;
}

}  // namespace posthorn::filtering
