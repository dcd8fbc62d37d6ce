// Failure reports: one message that failed, told to the owner of its author's domain (RFC 9991, RFC 6591).
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/grammar/mime/feedback_report.h"
#include "posthorn/protocol/dmarc/evaluation.h"

namespace posthorn::reports {

/// Whether the owner asks for a report of this message ("0" or "1" in the tag fo, and somebody to send it to).
[[nodiscard]] bool asks_for_failure(const dmarc::Verdict& verdict);

/// What a report says of the message.
struct FailedMessage {
  IpAddress source;
  std::string mail_from;             ///< empty: the null path
  std::vector<std::string> rcpt_to;  ///< empty: not told, as they are nobody's business but the recipient's
  WallTime arrived{};
  std::string delivery_result;         ///< delivered, spam, policy, reject or other; empty: not told
  std::string authentication_results;  ///< the body of the field
  std::string user_agent;              ///< the program that reports
};

/// The fields of a report, for mime::arrange().
[[nodiscard]] mime::FeedbackReport failure_report(const dmarc::Verdict& verdict, const FailedMessage& message);

}  // namespace posthorn::reports
