// How often one source connects and sends: limits for each IPv4 address and each IPv6 /64, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/ip_address.h"

namespace posthorn::admission {

/// 0: no limit.
struct RateLimits {
  std::uint32_t connections = 20;             ///< open at the same time
  std::uint32_t connections_per_minute = 60;  ///< as a bucket that fills up evenly
  std::uint32_t messages_per_minute = 120;    ///< likewise
  unsigned v6_bits = 64;                      ///< of an IPv6 address that are one source: a customer has all of a /64
  std::size_t max_tracked = 100'000;          ///< sources; those that are idle for longest are forgotten first
  std::vector<IpNetwork> exempt;              ///< has no limits; loopback never has any: proxies and onion services
};

/// Safe to call from many threads.
class SourceRates {
 public:
  explicit SourceRates(RateLimits limits = {}) : limits_(std::move(limits)) {}

  /// A connection. @returns whether it may stay; then closed() must follow it. 421 4.7.0 otherwise
  [[nodiscard]] bool opened(const IpAddress& source, TimePoint now);
  void closed(const IpAddress& source);
  /// A message begins. @returns whether it may: 450 4.7.1 otherwise
  [[nodiscard]] bool message(const IpAddress& source, TimePoint now);
  [[nodiscard]] std::size_t tracked() const;

 private:
  struct Source {
    std::uint32_t open = 0;
    TimePoint connections_full;  ///< when the bucket is full again
    TimePoint messages_full;
    TimePoint last;
  };
  [[nodiscard]] bool is_exempt(const IpAddress& source) const;
  [[nodiscard]] std::string key(const IpAddress& source) const;
  Source& source(const IpAddress& source, TimePoint now);
  void forget_idle(TimePoint now);

  const RateLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Source> sources_;
};

}  // namespace posthorn::admission
