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
  const std::size_t octets = script.text->size();
  if (by_key_.contains(script.key) || most_ == 0 || octets > most_octets_) return compilation;
  order_.push_front({script.key, compilation, octets});
  by_key_.emplace(order_.front().key, order_.begin());
  octets_ += octets;
  while (order_.size() > most_ || octets_ > most_octets_) forget_last();
  return compilation;
}

void Programs::forget_last() {
  octets_ -= order_.back().octets;
  by_key_.erase(order_.back().key);
  order_.pop_back();
}

}  // namespace posthorn::filtering
