// What the MX found out about messages goes into the aggregate reports of their authors' domains (RFC 9990).
#pragma once

#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/roles/authentication.h"

namespace posthorn::servers {

class DmarcJudgements : public roles::Judgements {
 public:
  /// @lifetime the results outlive the object
  explicit DmarcJudgements(reports::DmarcResults& results) : results_(results) {}
  void judged(const authentication::Client& client, const authentication::Results& results,
              const authentication::Decision& decision, directory::Enforcement done) override;

 private:
  reports::DmarcResults& results_;
};

/// What a report says of one message.
[[nodiscard]] dmarc::Row report_row(const authentication::Client& client, const authentication::Results& results,
                                    const authentication::Decision& decision, directory::Enforcement done);

}  // namespace posthorn::servers
