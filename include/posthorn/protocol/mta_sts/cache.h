// Policies that were fetched, kept as long as they say: whoever suppresses the DNS record later gains nothing
// (RFC 8461 section 10.2).
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/mta_sts/policy.h"

namespace posthorn::mta_sts {

/// A policy that was fetched.
struct Entry {
  std::string id;  ///< of the record that told of it
  Policy policy;
  WallTime fetched;

  [[nodiscard]] WallTime expires() const { return fetched + policy.max_age; }
  bool operator==(const Entry&) const = default;
};

/// Whether a policy has to be fetched: there is a record, and no valid entry with its id.
[[nodiscard]] bool needs_fetch(const std::optional<Entry>& known, const std::optional<Record>& record, WallTime now);

/// A row for a store: the id, when it was fetched, and the policy, as text.
[[nodiscard]] std::string format_entry(const Entry& entry);
/// @errors corrupt
[[nodiscard]] Result<Entry> parse_entry(View text);

struct CacheLimits {
  std::size_t domains = 100'000;  ///< the one that expires first goes
  /// After a fetch that failed the next one waits so long (RFC 8461 section 3.3: five minutes or longer).
  std::chrono::seconds retry = std::chrono::minutes(5);
  /// A policy that is in use is fetched anew when so much of its time is left, so that it does not run out unseen.
  std::chrono::seconds refresh = std::chrono::hours(24);
};

/// The policies of many domains. Domains are in lower-case A-labels.
class Cache {
 public:
  explicit Cache(CacheLimits limits = {}) : limits_(limits) {}

  /// The policy that holds now, whatever the DNS says.
  [[nodiscard]] std::optional<Entry> find(View domain, WallTime now) const;
  /// Whether a fetch may be tried: the last one did not fail just now.
  [[nodiscard]] bool may_fetch(View domain, WallTime now) const;
  /// Whether the policy holds but soon will not: fetch it although its id is the same.
  [[nodiscard]] bool wants_refresh(View domain, WallTime now) const;

  void put(View domain, Entry entry);
  /// A fetch failed; what is known stays.
  void failed(View domain, WallTime now);
  /// Drops what does not hold any more.
  void expire(WallTime now);

  [[nodiscard]] const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  CacheLimits limits_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, WallTime, std::less<>> failures_;  // when the last fetch failed
};

}  // namespace posthorn::mta_sts
