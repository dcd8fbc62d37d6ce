#include "posthorn/service/reports/failure.h"

namespace posthorn::reports {

bool asks_for_failure(const dmarc::Verdict& verdict) {
  if (!verdict.record || verdict.record->failures_to.empty()) return false;
  const bool known = verdict.status == dmarc::Status::pass || verdict.status == dmarc::Status::fail;
  const bool both = !verdict.aligned_dkim.empty() && !verdict.aligned_spf.empty();
  if (verdict.record->failures.any) return known && !both;
  return verdict.record->failures.all && verdict.status == dmarc::Status::fail;
}

mime::FeedbackReport failure_report(const dmarc::Verdict& verdict, const FailedMessage& message) {
  mime::FeedbackReport report{.feedback_type = "auth-failure", .user_agent = message.user_agent};
  report.original_mail_from = message.mail_from;
  report.original_rcpt_to = message.rcpt_to;
  report.arrival_date = mime::DateTime{message.arrived};
  report.source_ip = message.source.text();
  report.authentication_results = {message.authentication_results};
  report.reported_domain = {verdict.author_domain};
  report.auth.kind = "dmarc";
  report.auth.delivery_result = message.delivery_result;
  std::string& failed = report.auth.identity_alignment;
  if (verdict.aligned_dkim.empty()) failed = "dkim";
  if (verdict.aligned_spf.empty()) failed += failed.empty() ? "spf" : ", spf";
  if (failed.empty()) failed = "none";
  return report;
}

}  // namespace posthorn::reports
