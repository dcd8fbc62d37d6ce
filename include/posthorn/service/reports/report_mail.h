// Reports as mail: what RFC 9990 section 3.3, RFC 9991 section 4 and RFC 8460 section 5.3 ask of subject and parts.
#pragma once

#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/grammar/mime/feedback_report.h"
#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/protocol/tlsrpt/report.h"

namespace posthorn::reports {

/// Who sends a report to whom. The reverse-path of a report is `from` and not the null path: aggregate reports must
/// pass DMARC themselves (RFC 9990 section 3.3.2), and TLS reports must be signed by DKIM for the domain of `from`
/// (RFC 8460 section 3); both is up to who sends the message.
struct ReportMail {
  std::string from;       ///< an address
  std::string submitter;  ///< the domain of the reporting host
  std::string to;         ///< an address
  WallTime now{};
};

/// A message with the report as .xml.gz. The id of the report is letters and digits: it is in the file name.
/// @errors those of mime::build()
[[nodiscard]] Result<std::string> compose(const dmarc::AggregateReport& report, const ReportMail& mail, Random& random);

/// A message with the report as .json.gz. @param domain  the policy domain that the report is about
/// @errors those of mime::build()
[[nodiscard]] Result<std::string> compose(const tlsrpt::Report& report, View domain, const ReportMail& mail,
                                          Random& random);

/// A message with a report of one that failed. @param header  of that one @param id  letters and digits
/// @errors those of mime::build() and of mime::arrange()
[[nodiscard]] Result<std::string> compose(const mime::FeedbackReport& report, View header, View id,
                                          const ReportMail& mail, Random& random);

}  // namespace posthorn::reports
