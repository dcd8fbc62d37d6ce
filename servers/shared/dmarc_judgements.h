// What the MX found out about messages goes into the reports to the domains of their authors: aggregate reports (RFC
// 9990) and failure reports (RFC 9991).
#pragma once

#include "posthorn/bytes/clock.h"
#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/reports/failures.h"
#include "posthorn/service/roles/authentication.h"

namespace posthorn::servers {

class DmarcJudgements : public roles::Judgements {
 public:
  /// @param results, failures  null: there are no such reports @lifetime all outlive the object
  DmarcJudgements(reports::DmarcResults* results, reports::Failures* failures, const Clock& clock)
      : results_(results), failures_(failures), clock_(clock) {}
  void judged(const authentication::Client& client, View header, const authentication::Results& results,
              const authentication::Decision& decision, directory::Enforcement done) override;

 private:
  reports::DmarcResults* results_;
  reports::Failures* failures_;
  const Clock& clock_;
};

/// What an aggregate report says of one message.
[[nodiscard]] dmarc::Row report_row(const authentication::Client& client, const authentication::Results& results,
                                    const authentication::Decision& decision, directory::Enforcement done);

/// What a failure report says of one that came at `now`.
[[nodiscard]] reports::FailedMessage failed_message(const authentication::Client& client,
                                                    const authentication::Results& results, directory::Enforcement done,
                                                    WallTime now);

}  // namespace posthorn::servers
