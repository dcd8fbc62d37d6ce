// What is remembered of the TLS of other hosts: MTA-STS policies, and what came of connections, for TLS reports (RFC
// 8460).
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "posthorn/io/caller.h"
#include "posthorn/protocol/mta_sts/cache.h"
#include "posthorn/protocol/tlsrpt/collector.h"
#include "posthorn/service/outbound/route.h"
#include "posthorn/service/store/store.h"

namespace posthorn::servers {

/// Safe to call from many threads.
class TlsReports {
 public:
  /// @lifetime `rows` and `clock` outlive the object
  TlsReports(store::Partition& rows, const Clock& clock) : rows_(rows), clock_(clock) {}
  /// Reads what earlier processes wrote. Blocks.
  Result<void> load();

  /// What is known of a domain before its route is found.
  void recall(const std::string& domain, outbound::RouteOptions& options);
  /// What finding the route has taught.
  void learn(const std::string& domain, const outbound::Routing& routing);
  /// What came of a connection. @param served  the host did what it was called for
  void count(const outbound::Hop& hop, const io::CallEnd& end, bool served);
  /// Writes what has changed. Blocks; call it now and then, and at the end.
  Result<void> save();

 private:
  store::Partition& rows_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  mta_sts::Cache policies_;
  tlsrpt::Collector collector_;
  std::vector<std::string> fresh_;  // domains whose policies are not written yet
  std::string day_;                 // the row of the counts
};

}  // namespace posthorn::servers
