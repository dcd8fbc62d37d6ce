// Greylisting (RFC 6647): who sends for the first time is asked to come again, which most who send spam do not.
//
// Kept are hashes of (network of the client, sender, recipient) and of networks, on shelves with so much room each: the
// memory is bounded whoever fills it. Keys of the rows begin with "y:".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/service/store/store.h"

namespace posthorn::admission {

/// RFC 6647 section 5: delays of one to five minutes, retries within a day, passes for a month or so.
struct GreylistLimits {
  std::chrono::seconds delay = std::chrono::minutes(5);       ///< before a retry counts
  std::chrono::seconds retry_within = std::chrono::hours(4);  ///< after the first attempt; later is a first attempt
  std::chrono::seconds pass_for = std::chrono::days(36);      ///< since the last mail; monthly mail passes
  std::uint32_t promote_after = 10;  ///< triples of a network that passed: then all of it passes; 0: never
  unsigned v4_bits = 24;             ///< of a client that belong to its network: farms retry from other addresses
  unsigned v6_bits = 64;
  std::size_t per_shelf = 64;  ///< entries; 4096 shelves of triples, 256 of networks
  std::uint32_t tries = 50;    ///< of a change that other processes win against
};

struct GreylistAnswer {
  bool pass = false;
  std::chrono::seconds remaining{0};  ///< until a retry passes
};

/// Safe to call from many threads, processes may share the rows; check() may block.
class Greylist {
 public:
  /// @lifetime both outlive this object
  Greylist(store::Partition& rows, const Clock& clock, GreylistLimits limits = {})
      : rows_(rows), clock_(clock), limits_(limits) {}

  /// Notes the attempt. @param sender  reverse-path, empty for the null sender
  /// @errors of the store; unavailable when others win all the time. Whoever asks had better let the mail pass then.
  [[nodiscard]] Result<GreylistAnswer> check(const IpAddress& client, View sender, View recipient);
  /// Erases shelves on which nothing counts any more. @returns how many
  Result<std::size_t> sweep();

 private:
  struct Entry {
    std::string hash;
    std::uint32_t first = 0;   // seconds since 1970
    std::uint32_t last = 0;    // of a pass
    std::uint16_t passes = 0;  // of a triple 0 or 1
  };
  using Shelf = std::vector<Entry>;
  struct Found {
    std::string key;
    Shelf shelf;
    std::optional<store::Revision> written;
    std::size_t index = 0;  // of the entry, which is made where there was none
  };
  [[nodiscard]] Result<Found> find(View kind, const std::string& hash, std::size_t digits) const;
  [[nodiscard]] std::string network(const IpAddress& client) const;
  [[nodiscard]] bool counts(const Entry& entry) const;
  [[nodiscard]] std::uint32_t now() const;
  /// True: nobody was faster.
  Result<bool> put(const Found& found, const Found* second = nullptr);
  Result<std::optional<GreylistAnswer>> attempt(const std::string& network, const std::string& triple);
  [[nodiscard]] static Result<Shelf> parse(View value);
  [[nodiscard]] static std::string format(const Shelf& shelf);

  store::Partition& rows_;
  const Clock& clock_;
  const GreylistLimits limits_;
};

}  // namespace posthorn::admission
