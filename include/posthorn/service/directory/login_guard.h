// Counts login failures per account and per source, and says how long to wait: guessing gets slow, users do not.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::directory {

struct GuardLimits {
  Duration first_delay = std::chrono::milliseconds(500);  ///< after the first failure; doubles with each
  Duration max_delay = std::chrono::seconds(15);
  Duration forget_after = std::chrono::minutes(15);        ///< without a failure
  std::uint32_t max_failures = 20;                         ///< per account or source: then refused without a check
  std::size_t max_tracked = 100'000;                       ///< accounts and sources; the oldest are forgotten first
};

/// Safe to call from many threads.
class LoginGuard {
 public:
  explicit LoginGuard(GuardLimits limits = {}) : limits_(limits) {}

  /// Whether an attempt may be checked at all now.
  [[nodiscard]] bool admits(View login, View source, TimePoint now);
  /// Counts a failure. @returns how long the refusal is to be held back
  [[nodiscard]] Duration failed(View login, View source, TimePoint now);
  /// Forgets the failures of a login that got in, and of its source for that login.
  void succeeded(View login, View source);

 private:
  struct Count {
    std::uint32_t failures = 0;
    TimePoint last;
  };
  Count& count_of(const std::string& key, TimePoint now);
  void forget_old(TimePoint now);

  GuardLimits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace posthorn::directory
