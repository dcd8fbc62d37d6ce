// Sends the reports of a server: DMARC aggregate reports and TLS reports, of the days that are over, and failure
// reports.
#pragma once

#include <atomic>
#include <map>

#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/reports/failures.h"
#include "posthorn/service/reports/sender.h"

#include "shared/log.h"
#include "shared/settings.h"
#include "shared/tls_reports.h"

namespace posthorn::servers {

/// What a person asks for.
struct ReportWish {
  bool dry = false;    ///< it is only told what would be sent
  bool today = false;  ///< what came today until now is sent as well, as a trial
  std::function<void(const reports::Told&)> told{};
};

class ReportService {
 public:
  /// What it stands on. @lifetime all outlive the service
  struct Ground {
    const Settings& settings;
    store::Partition& rows;
    queue::Queue& queue;
    dns::Resolver& resolver;
    const Clock& clock;
    Random& random;
    TlsReports& tls;
    LineLog& log;
    const dmarc::PublicSuffixes* suffixes = nullptr;  ///< null: the tree walk
    reports::Post post{};                             ///< null: no report goes by HTTPS
  };
  ReportService(const Ground& ground, queue::Router router, ReportWish wish = {});

  /// Where checks of incoming mail put what they found; null: no reports are sent (reports.dmarc).
  [[nodiscard]] reports::DmarcResults* results() { return ground_.settings.reports_dmarc ? &results_ : nullptr; }
  /// Where they put what failed; null: nobody is told (reports.failure).
  [[nodiscard]] reports::Failures* failures() { return ground_.settings.reports_failure ? &failures_ : nullptr; }
  /// Writes down what was counted. Blocks.
  void save();
  /// Sends what is due; for the process that runs the queue, every minute or so, never on two threads. Blocks, also
  /// for answers of the DNS.
  void send();
  /// Sends all that is due, whatever the hour, and what the wish says. Blocks.
  Result<void> send_now();
  /// send() ends soon.
  void stop() { stopping_ = true; }

 private:
  /// A domain whose TLS results of a day are due.
  struct Turn {
    WallTime tried{};  // the last time; of the epoch: not yet
    reports::DayOf of;
  };

  [[nodiscard]] reports::Stop stopper() const {
    return [this] { return stopping_.load(); };
  }
  [[nodiscard]] std::vector<Turn> turns(const std::vector<reports::DayOf>& due, WallTime now);
  Result<reports::Handed> send_tls(const reports::DayOf& subject);
  [[nodiscard]] bool is_time(WallTime now) const;
  /// @param most  domains, or failures @returns how many were sent a report
  Result<std::size_t> send_dmarc(std::size_t most);
  Result<std::size_t> send_failures(std::size_t most);
  /// @param until  no domain is begun with after that
  Result<std::size_t> send_tls(std::chrono::sys_days before, std::size_t most, WallTime until);
  [[nodiscard]] std::vector<tlsrpt::PolicyReport> policies(const tlsrpt::Collector& counts,
                                                           const std::string& domain) const;

  const Ground ground_;
  const ReportWish wish_;
  reports::DmarcResults results_;
  reports::Failures failures_;
  reports::Sender sender_;
  std::map<reports::DayOf, WallTime> tls_tried_;  // those that did not answer, and when they were asked
  WallTime tls_again_{};                          // all that is due has been tried: nothing is read before
  std::atomic<bool> stopping_ = false;
};

}  // namespace posthorn::servers
