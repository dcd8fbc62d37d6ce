// Sends the reports of a running server: DMARC aggregate reports and TLS reports, of the days that are over.
#pragma once

#include <atomic>
#include <mutex>

#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/reports/sender.h"

#include "shared/log.h"
#include "shared/settings.h"
#include "shared/tls_reports.h"

namespace posthorn::servers {

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
  };
  ReportService(const Ground& ground, queue::Router router);

  /// Where checks of incoming mail put what they found; null: no reports are sent (reports.dmarc).
  [[nodiscard]] reports::DmarcResults* results() { return ground_.settings.reports_dmarc ? &results_ : nullptr; }
  /// Writes down what was counted. Blocks.
  void save();
  /// Sends what is due; for the process that runs the queue, every minute or so, never on two threads. Blocks, also
  /// for answers of the DNS.
  void send();
  /// send() ends soon; nothing is asked of the resolver any more.
  void stop();

 private:
  /// Lets no question through once it is shut: the resolver may end before whoever asks does.
  class Gate final : public dns::Resolver {
   public:
    explicit Gate(dns::Resolver& behind) : behind_(behind) {}
    void resolve(dns::Question question, Done done) override;
    void shut();

   private:
    dns::Resolver& behind_;
    std::mutex mutex_;  // guards what follows
    bool shut_ = false;
  };

  [[nodiscard]] bool is_time(WallTime now) const;
  void send_dmarc();
  void send_tls();
  [[nodiscard]] std::vector<tlsrpt::PolicyReport> policies(const tlsrpt::Collector& counts,
                                                           const std::string& domain) const;

  const Ground ground_;
  Gate gate_;
  reports::DmarcResults results_;
  reports::Sender sender_;
  WallTime tls_again_{};  // domains did not answer: none is asked before
  std::atomic<bool> stopping_ = false;
};

}  // namespace posthorn::servers
