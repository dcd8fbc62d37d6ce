#include "posthorn/grammar/mime/feedback_report.h"

#include <array>
#include <utility>

#include "grammar/mime/report_fields.h"

namespace posthorn::mime {

namespace {
using Feedback = FeedbackReport;
constexpr std::array<FieldRow<Feedback>, 14> kRows{
    field_row<WordKind, &Feedback::feedback_type>("Feedback-Type"),
    field_row<TextKind, &Feedback::user_agent>("User-Agent"),
    field_row<TextKind, &Feedback::version>("Version"),
    field_row<TextKind, &Feedback::original_envelope_id>("Original-Envelope-Id"),
    field_row<BracketKind, &Feedback::original_mail_from>("Original-Mail-From"),
    field_row<BracketKind, &Feedback::original_rcpt_to>("Original-Rcpt-To"),
    field_row<DateKind, &Feedback::arrival_date>("Arrival-Date"),
    field_row<MtaKind, &Feedback::reporting_mta>("Reporting-MTA"),
    field_row<TextKind, &Feedback::source_ip>("Source-IP"),
    field_row<NumberKind<std::uint16_t>, &Feedback::source_port>("Source-Port"),
    field_row<NumberKind<std::uint32_t>, &Feedback::incidents>("Incidents"),
    field_row<TextKind, &Feedback::authentication_results>("Authentication-Results"),
    field_row<TextKind, &Feedback::reported_domain>("Reported-Domain"),
    field_row<TextKind, &Feedback::reported_uri>("Reported-URI"),
};
constexpr std::array<FieldRow<AuthFailure>, 11> kAuthRows{
    field_row<WordKind, &AuthFailure::kind>("Auth-Failure"),
    field_row<WordKind, &AuthFailure::delivery_result>("Delivery-Result"),
    field_row<WordKind, &AuthFailure::identity_alignment>("Identity-Alignment"),
    field_row<TextKind, &AuthFailure::dkim_domain>("DKIM-Domain"),
    field_row<TextKind, &AuthFailure::dkim_identity>("DKIM-Identity"),
    field_row<TextKind, &AuthFailure::dkim_selector>("DKIM-Selector"),
    field_row<Base64Kind, &AuthFailure::dkim_canonicalized_header>("DKIM-Canonicalized-Header"),
    field_row<Base64Kind, &AuthFailure::dkim_canonicalized_body>("DKIM-Canonicalized-Body"),
    field_row<TextKind, &AuthFailure::dkim_adsp_dns>("DKIM-ADSP-DNS"),
    field_row<TextKind, &AuthFailure::dkim_selector_dns>("DKIM-Selector-DNS"),
    field_row<TextKind, &AuthFailure::spf_dns>("SPF-DNS"),
};

View current_name(View name) { return same_word(name, "Received-Date") ? "Arrival-Date" : name; }

std::string notice(const Feedback& report) {
  const bool of_authentication = report.feedback_type == "auth-failure";
  std::string out = of_authentication ? "This is a report of failed authentication of a message"
                                      : "This is a report (" + value_text(report.feedback_type) + ") of a message";
  if (!report.source_ip.empty()) out += "\nreceived from the address " + value_text(report.source_ip);
  if (report.arrival_date) out += "\non " + DateKind::write(*report.arrival_date, HeaderForm::ascii);
  out += ".\n";
  if (report.incidents.value_or(1) > 1) out += "It stands for " + std::to_string(*report.incidents) + " like it.\n";
  return out + "The second part has the details for programs (RFC 5965), the third the message.\n";
}
constexpr ReportKind kKind{"feedback-report", "message/feedback-report", {}};
}  // namespace

FeedbackReport parse_feedback_report(View body) {
  FeedbackReport out;
  ReportReader reader(body);
  for (ReportReader::Item field; reader.next(field);) {
    const View name = current_name(field.name);
    if (read_field<Feedback>(kRows, name, field.text, out)) continue;
    if (read_field<AuthFailure>(kAuthRows, name, field.text, out.auth)) continue;
    out.more.push_back({own(field.name), value_text(field.text)});
  }
  return out;
}

std::string format_feedback_report(const FeedbackReport& report) {
  std::string out;
  FeedbackReport versioned = report;
  if (versioned.version.empty()) versioned.version = "1";
  write_fields<Feedback>(kRows, versioned, HeaderForm::ascii, out);
  write_fields<AuthFailure>(kAuthRows, report.auth, HeaderForm::ascii, out);
  write_fields(report.more, HeaderForm::ascii, out);
  return out;
}

Result<Entity> arrange(const FeedbackReport& report, View original, const ReportOptions& options) {
  if (report.feedback_type.empty() || report.user_agent.empty()) {
    return fail(caller_error(Code::misuse, "a report without Feedback-Type or User-Agent"));
  }
  if (original.empty() || options.returned == Return::nothing) {
    return fail(caller_error(Code::misuse, "a report without the message that it is about"));
  }
  Entity out = assemble_report(kKind, format_feedback_report(report),
                               options.text.empty() ? notice(report) : options.text, original, options);
  out.header = "Auto-Submitted: auto-generated\r\n";
  return out;
}

}  // namespace posthorn::mime
