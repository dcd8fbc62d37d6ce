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

namespace posthorn::mime {
struct FeedbackReport;
}

namespace posthorn::reports {

class DmarcResults;
class Failures;
struct ReportMail;

/// Whether to end soon; asked between things that may take long.
using Stop = std::function<bool()>;

/// Posts a report to an https URL and blocks; io::HttpsPoster does it. @errors syntax: such a URL gets nothing ever
using Post =
    std::function<Result<void>(const std::string& url, View content, const std::string& type, const Stop& stop)>;

/// What becomes of a report, or why there is none.
struct Told {
  View kind;           ///< "DMARC", "TLS", "failure"
  std::string domain;  ///< that it is about
  WallTime begin{};    ///< of what it is about
  std::string to;      ///< an address or a URI; empty: there is nobody
  std::string what;    ///< in words: "sent"
};

struct SenderOptions {
  std::string host_name;     ///< who reports
  std::string from;          ///< From and reverse-path of reports: an address that may pass DMARC
  std::string organization;  ///< empty: host_name
  std::string contact;       ///< whom people may ask; empty: `from`
  dmarc::Options discovery;
  /// Results that cannot be sent for so long (their domain does not answer) are given up.
  std::chrono::days patience{3};
  Post post{};                              ///< for TLS reports; null: addresses alone get some
  bool dry = false;                         ///< nothing is sent, nothing forgotten; it is only told
  std::function<void(const Told&)> told{};  ///< null: nobody hears
};

/// What became of the results of one day and domain.
enum class Handed : std::uint8_t {
  sent,    ///< they are in the queue, or were before
  nobody,  ///< no report is wanted, or nobody may have it
  later,   ///< the DNS or a web server did not answer: to be tried again
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
  /// @param day  begin and end; the rest is filled here @param stop  asked before each URL, and while it is posted to
  /// @errors those of the queue
  Result<Handed> send(const std::string& domain, std::vector<tlsrpt::PolicyReport> policies, WallTime day,
                      const Stop& stop);
  /// Reports what is due, for at most `most` domains, and forgets it. A domain that does not answer is asked again
  /// after an hour.
  /// @param stop  asked between two domains
  /// @returns how many domains were sent a report
  Result<std::size_t> send_due(DmarcResults& results, std::size_t most, const Stop& stop);
  /// Reports what came today until now, as a trial: nothing is forgotten, and the report of the whole day goes too.
  /// @returns as send_due()
  Result<std::size_t> send_today(const DmarcResults& results, std::size_t most);

  /// Reports the failures that wait, `most` of them at most, and forgets them. A domain that does not answer is asked
  /// again after an hour, and what cannot be sent is tried again then. @returns how many reports there were
  /// @errors the last one of those that could not be sent, once the others are
  Result<std::size_t> send_failures(Failures& failures, std::size_t most, const Stop& stop);

 private:
  /// What a report is about, and when that ended.
  struct Subject {
    View kind;
    std::string domain;
    WallTime begin{};
    WallTime end{};
  };
  /// One message for one recipient.
  struct Parcel {
    queue::MessageId id;
    std::string to;
    std::string message;
    bool without_tls = false;  ///< goes even where the recipient's TLS is broken (RFC 8460 section 3)
  };

  Result<Handed> send(const mime::FeedbackReport& report, View header, View key);
  [[nodiscard]] Handed post(const Subject& subject, const std::string& url, const tlsrpt::Report& report,
                            const Stop& stop);
  /// @returns sent, or nobody
  Result<Handed> hand_over(const Subject& subject, const Parcel& parcel);
  Handed tell(const Subject& subject, std::string to, std::string what, Handed handed) const;
  [[nodiscard]] ReportMail mail_to(const std::string& address) const;
  [[nodiscard]] const std::string& organization() const;
  [[nodiscard]] const std::string& contact() const;

  queue::Queue& queue_;
  queue::Router router_;
  dns::Resolver& resolver_;
  const Clock& clock_;
  Random& random_;
  const SenderOptions options_;
  std::vector<std::string> posted_;          // reports and URLs that need no other attempt
  std::map<std::string, WallTime> waiting_;  // subjects whose domains did not answer, and when they are asked again
};

}  // namespace posthorn::reports
