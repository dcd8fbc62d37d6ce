// Failure reports until they are sent: a row of the store for each (RFC 9991).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/service/reports/failure.h"
#include "posthorn/service/store/store.h"

namespace posthorn::reports {

struct FailureLimits {
  std::uint32_t of_domain = 20;                 ///< reports of one policy domain on a day (of UTC)
  std::uint32_t of_day = 1000;                  ///< of all
  std::size_t header = std::size_t{32} << 10U;  ///< octets of a message's header that are told
};

/// Safe to call from many threads, and in several processes on one partition: the limits are theirs together.
class Failures {
 public:
  /// @lifetime all but `limits` outlive the object
  Failures(store::Partition& rows, const Clock& clock, Random& random, FailureLimits limits = {})
      : rows_(rows), clock_(clock), random_(random), limits_(limits) {}

  /// Keeps the report of a message where somebody asks for one, up to the limits. There is none of a message without
  /// a sender, nor of one that a machine has sent: reports must not go round. May block.
  /// @param header  with or without the empty line
  /// @errors those of the store: the report is lost then
  Result<void> add(const dmarc::Verdict& verdict, const FailedMessage& message, View header);

  struct Waiting {
    std::string key;
    mime::FeedbackReport report;
    std::string header;  ///< of the message
  };
  /// The oldest, at most `most`. Blocks.
  [[nodiscard]] Result<std::vector<Waiting>> waiting(std::size_t most) const;
  /// It is sent, or nobody wants it. Blocks.
  Result<void> forget(const std::string& key);

 private:
  Result<bool> count(store::Batch& batch, const std::string& key, std::uint32_t most) const;
  Result<void> drop_counts(store::Batch& batch, const std::string& before) const;

  store::Partition& rows_;
  const Clock& clock_;
  Random& random_;
  const FailureLimits limits_;
};

}  // namespace posthorn::reports
