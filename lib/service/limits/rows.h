// The rows of the limiter: keys, and values as they are stored. Values begin with their version, "1".
//
//     l:seed                       32 octets that key the hashes of recipients
//     l:a:ACCOUNT:KIND             counts of an account (16 hexadecimal digits; s, r or v)
//     l:d:DOMAIN:KIND              counts of a domain
//     l:r:ACCOUNT:SHELF            recipients that it wrote to, by the first octet of their hash
//     l:x:DOMAIN@LOCAL             an exempt sender
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/limits/limiter.h"

namespace posthorn::limits {

inline constexpr View kSeed = "l:seed";
inline constexpr View kAccounts = "l:a:";
inline constexpr View kDomains = "l:d:";
inline constexpr View kShelves = "l:r:";
inline constexpr View kExempt = "l:x:";

/// Messages that are kept for Score: enough for SignalWeights::cadence_messages.
inline constexpr std::size_t kSent = 32;

/// A token bucket that fills up evenly, as the one time at which it is full again.
struct Bucket {
  std::int64_t full_at = 0;  ///< microseconds since 1970

  /// How long until `count` more fit; 0: they do.
  [[nodiscard]] std::chrono::microseconds wait(std::uint32_t capacity, std::chrono::seconds window, std::uint32_t count,
                                               WallTime now) const;
  /// Takes them, also where they do not fit.
  void take(std::uint32_t capacity, std::chrono::seconds window, std::uint32_t count, WallTime now);
  void give_back(std::uint32_t capacity, std::chrono::seconds window, std::uint32_t count);
  bool operator==(const Bucket&) const = default;
};

/// Counts of an account or a domain.
struct Counts {
  Bucket messages;
  Bucket recipients;
  Bucket first_time;
  Bucket refusals;
  std::string outcomes;  ///< the last ones, oldest first: '0' delivered, '1' bounced
  Freeze freeze;
  WallTime touched{};
  std::vector<Sent> sent;  ///< oldest first, kSent at most
  bool operator==(const Counts&) const;
};
[[nodiscard]] std::string format(const Counts& counts);
/// @errors corrupt
[[nodiscard]] Result<Counts> parse_counts(View value);

/// Recipients with the day of the last mail to each.
struct Shelf {
  struct Entry {
    std::string hash;       ///< kHash octets
    std::uint16_t day = 0;  ///< since 1970
    bool operator==(const Entry&) const = default;
  };
  static constexpr std::size_t kHash = 8;
  std::vector<Entry> entries;

  [[nodiscard]] bool knows(View hash, std::uint16_t day, std::chrono::days remember) const;
  /// Remembers; where it is full, the entry that is oldest goes.
  void add(View hash, std::uint16_t day, std::size_t room);
};
[[nodiscard]] std::string format(const Shelf& shelf);
/// @errors corrupt
[[nodiscard]] Result<Shelf> parse_shelf(View value);

[[nodiscard]] std::string account_digits(store::AccountId account);
[[nodiscard]] char letter_of(Kind kind);
[[nodiscard]] std::string account_key(store::AccountId account, Kind kind);
[[nodiscard]] std::string domain_key(View domain, Kind kind);
[[nodiscard]] std::string shelf_key(store::AccountId account, View hash);

}  // namespace posthorn::limits
