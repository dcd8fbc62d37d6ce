// What is remembered of the TLS of other hosts: MTA-STS policies, and what came of connections, for TLS reports (RFC
// 8460).
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/io/caller.h"
#include "posthorn/protocol/mta_sts/cache.h"
#include "posthorn/protocol/tlsrpt/collector.h"
#include "posthorn/service/outbound/route.h"
#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/store/store.h"

namespace posthorn::servers {

/// Safe to call from many threads.
class TlsReports {
 public:
  /// @lifetime `rows` and `clock` outlive the object
  TlsReports(store::Partition& rows, const Clock& clock)
      : rows_(rows), clock_(clock), day_(std::chrono::floor<std::chrono::days>(clock.wall())) {}
  /// Reads the policies that earlier processes wrote. Blocks.
  Result<void> load();

  /// What is known of a domain before its route is found.
  void recall(const std::string& domain, outbound::RouteOptions& options);
  /// What finding the route has taught.
  void learn(const std::string& domain, const outbound::Routing& routing);
  /// What came of a connection. @param served  the host did what it was called for
  void count(const outbound::Hop& hop, const io::CallEnd& end, bool served);
  /// Writes what has changed. Blocks; call it every minute, so that counts stand under their day, and at the end.
  Result<void> save();

  /// What was counted of a policy domain on a day.
  struct Counted {
    tlsrpt::Collector counts;
    std::optional<store::Revision> written;
  };
  /// Whose counts of days before are in the store, the oldest first. Blocks.
  [[nodiscard]] Result<std::vector<reports::DayOf>> due(std::chrono::sys_days today) const;
  /// The counts of one. Blocks.
  [[nodiscard]] Result<Counted> counted(const reports::DayOf& subject) const;
  /// It is reported, or nobody wants it. What another process has added since it was read stays, and is due. Blocks.
  Result<void> forget(const reports::DayOf& subject, const Counted& counted);
  /// The MTA-STS policy of a domain that holds now.
  [[nodiscard]] std::optional<mta_sts::Policy> policy(const std::string& domain);

 private:
  using Domains = std::map<std::string, tlsrpt::Collector>;
  Result<void> add(std::chrono::sys_days day, Domains& news);

  store::Partition& rows_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  mta_sts::Cache policies_;
  tlsrpt::Collector collector_;     // what is not written yet
  std::vector<std::string> fresh_;  // domains whose policies are not written yet
  std::chrono::sys_days day_;       // of the counts
};

}  // namespace posthorn::servers
