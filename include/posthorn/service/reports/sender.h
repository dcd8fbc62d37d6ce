// Hands reports to the queue: each once, to those who asked for it and may have it.
//
// A report has a name in the queue that follows from its kind, day, domain and recipient. The queue takes a name in
// only once (Queue::adopt), so that a process that ends between handing over and forgetting the results sends nothing
// twice, as long as the ledger goes back (queue.ledger_days).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/protocol/tlsrpt/report.h"
#include "posthorn/service/queue/queue.h"

namespace posthorn::reports {

class DmarcResults;
struct ReportMail;

struct SenderOptions {
  std::string host_name;     ///< who reports
  std::string from;          ///< From and reverse-path of reports: an address that may pass DMARC
  std::string organization;  ///< empty: host_name
  std::string contact;       ///< whom people may ask; empty: `from`
  dmarc::Options discovery;
  /// Results that cannot be sent for so long (their domain does not answer) are given up.
  std::chrono::days patience{3};
};

/// What became of the results of one day and domain.
enum class Handed : std::uint8_t {
  sent,    ///< they are in the queue, or were before
  nobody,  ///< no report is wanted, or nobody may have it
  later,   ///< the DNS did not answer: to be tried again
};

/// Safe to call from one thread. All calls block.
class Sender {
 public:
  /// @lifetime all but `options` outlive the object
  Sender(queue::Queue& queue, queue::Router router, dns::Resolver& resolver, const Clock& clock, Random& random,
         SenderOptions options);

  /// @param report  policy, begin, end and rows; the rest is filled here
  /// @errors those of the queue
  Result<Handed> send(dmarc::AggregateReport report);
  /// @param day  begin and end; the rest is filled here
  /// @errors those of the queue
  Result<Handed> send(const std::string& domain, std::vector<tlsrpt::PolicyReport> policies, WallTime day);
  /// Reports what is due, for at most `most` domains, and forgets it. A domain that does not answer is asked again
  /// after an hour.
  /// @param stop  asked between two domains
  /// @returns how many domains were sent a report
  Result<std::size_t> send_due(DmarcResults& results, std::size_t most, const std::function<bool()>& stop);

 private:
  /// One message for one recipient.
  struct Parcel {
    queue::MessageId id;
    std::string to;
    std::string message;
    bool without_tls = false;  ///< goes even where the recipient's TLS is broken (RFC 8460 section 3)
  };

  Result<void> hand_over(const Parcel& parcel);
  [[nodiscard]] ReportMail mail_to(const std::string& address) const;
  [[nodiscard]] const std::string& organization() const;
  [[nodiscard]] const std::string& contact() const;

  queue::Queue& queue_;
  queue::Router router_;
  dns::Resolver& resolver_;
  const Clock& clock_;
  Random& random_;
  const SenderOptions options_;
  std::map<std::string, WallTime> waiting_;  // subjects whose domains did not answer, and when they are asked again
};

}  // namespace posthorn::reports
