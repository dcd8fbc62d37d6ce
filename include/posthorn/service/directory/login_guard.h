// Counts login failures per account and per source, and says how long to wait: guessing gets slow, users do not.
//
// A failure counts three times: for the login, for the source, and for the pair of both. A success takes back only what
// the pair had counted, so an attacker cannot clean his source by logging in to an account of his own, and the owner of
// an account under attack does not clean it for the attacker by logging in from elsewhere. A pair that got in is
// trusted for a while: only its own failures count for it. So guesses from elsewhere do not lock the owner out, and
// neither do the failures of others behind the same address.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::directory {

struct GuardLimits {
  Duration first_delay = std::chrono::milliseconds(500);  ///< after the first failure; doubles with each
  Duration max_delay = std::chrono::seconds(15);
  Duration forget_after = std::chrono::minutes(15);  ///< without a failure
  std::uint32_t max_failures = 20;                   ///< per account or source: then refused without a check
  std::size_t max_tracked = 100'000;                 ///< accounts, sources and pairs; the oldest are forgotten first
  Duration trust_for = std::chrono::hours(24 * 7);   ///< how long a pair that got in is judged by itself alone
};

/// Safe to call from many threads.
///
/// `login` is compared with ASCII case folded. `source` is the network of the peer: a caller gives an IPv6 peer as its
/// /64, because one customer has all of that. An empty login or source is not counted.
class LoginGuard {
 public:
  explicit LoginGuard(GuardLimits limits = {}) : limits_(limits) {}

  /// Whether an attempt may be checked at all now. What is not admitted is not counted as a failure by the caller
  /// either, so that the refusal ends GuardLimits::forget_after the last failure that was checked.
  [[nodiscard]] bool admits(View login, View source, TimePoint now);
  /// Counts a failure. @returns how long the refusal is to be held back
  [[nodiscard]] Duration failed(View login, View source, TimePoint now);
  /// Forgets the failures of this login from this source, and trusts the pair.
  void succeeded(View login, View source);
  /// Accounts, sources and pairs that are remembered.
  [[nodiscard]] std::size_t tracked() const;

 private:
  struct Count {
    std::uint32_t failures = 0;
    TimePoint last;  ///< failure or success
    std::optional<TimePoint> trusted;
  };
  struct Keys {
    std::string login, source, pair;
  };
  static Keys keys_of(View login, View source);
  [[nodiscard]] std::uint32_t failures_of(const std::string& key, TimePoint now) const;
  [[nodiscard]] std::uint32_t judged_failures(const Keys& keys, TimePoint now) const;
  [[nodiscard]] bool is_trusted(const Keys& keys, TimePoint now) const;
  void count(const std::string& key, TimePoint now);
  void take_back(const std::string& key, std::uint32_t failures);
  void forget_old(TimePoint now);

  GuardLimits limits_;
  mutable std::mutex mutex_;
  TimePoint latest_;  ///< of all calls: a success brings no time of its own
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace posthorn::directory
