#include "posthorn/service/reports/report_mail.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "posthorn/bytes/codec/gzip.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/tls_json.h"

namespace posthorn::reports {

namespace {

/// What both kinds have.
struct Facts {
  std::string domain;  // that the report is about
  std::string id;
  WallTime begin;
  WallTime end;
};

std::string seconds(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

std::string file_name(const Facts& facts, const ReportMail& mail, View extension) {
  return mail.submitter + "!" + facts.domain + "!" + seconds(facts.begin) + "!" + seconds(facts.end) + "!" + facts.id +
         own(extension);
}

/// The same message gets the same id again: a report that is sent twice is known.
std::string message_id(View report, const ReportMail& mail) {
  return own(report) + "." + codec::hex_encode(crypto::sha256(mail.to).substr(0, 6)) + "@" + mail.submitter;
}

mail::Address address_of(View text) {
  const std::size_t at = std::min(text.rfind('@'), text.size());
  return {.local_part = own(text.substr(0, at)), .domain = own(text.substr(std::min(at + 1, text.size())))};
}

mime::HeaderWriter& write_header(mime::HeaderWriter& out, View subject, View report, const ReportMail& mail) {
  const mail::Address from = address_of(mail.from);
  const mail::Address to = address_of(mail.to);
  const std::string id = message_id(report, mail);
  return out.addresses("From", std::span(&from, 1))
      .addresses("To", std::span(&to, 1))
      .text("Subject", subject)
      .date("Date", mail.now)
      .message_ids("Message-ID", std::span(&id, 1));
}

mime::HeaderWriter& write_header(mime::HeaderWriter& out, const Facts& facts, const ReportMail& mail) {
  const std::string subject =
      "Report Domain: " + facts.domain + " Submitter: " + mail.submitter + " Report-ID: <" + facts.id + ">";
  return write_header(out, subject, facts.id, mail).structured("Auto-Submitted", "auto-generated");
}

/// A text for people, and the report beside it.
mime::MultipartBody parts(std::string text, std::string report, std::string type, std::string name) {
  mime::MultipartBody body;
  body.parts.push_back({.body = mime::TextBody{.text = std::move(text)}});
  body.parts.push_back({.body = mime::DataBody{.octets = codec::gzip(report), .type = std::move(type)},
                        .disposition = "attachment",
                        .file_name = std::move(name)});
  return body;
}

}  // namespace

Result<std::string> compose(const dmarc::AggregateReport& report, const ReportMail& mail, Random& random) {
  const Facts facts{report.policy.domain, report.id, report.begin, report.end};
  mime::HeaderWriter fields;
  auto header = write_header(fields, facts, mail).finish();
  if (!header) return fail(std::move(header.error()));
  std::string text = "This is a DMARC aggregate report for " + facts.domain + " from " + mail.submitter +
                     ".\nThe attachment has it as XML (RFC 9990), compressed with gzip.\n";
  const mime::Entity message{
      .header = std::move(*header),
      .body = parts(std::move(text), format_aggregate(report), "application/gzip", file_name(facts, mail, ".xml.gz"))};
  return mime::build(message, random);
}

Result<std::string> compose(const tlsrpt::Report& report, View domain, const ReportMail& mail, Random& random) {
  const Facts facts{own(domain), report.id, report.begin, report.end};
  mime::HeaderWriter fields;
  auto header = write_header(fields, facts, mail)
                    .structured("TLS-Report-Domain", domain)
                    .structured("TLS-Report-Submitter", mail.submitter)
                    .finish();
  if (!header) return fail(std::move(header.error()));
  std::string text = "This is an aggregate TLS report for " + facts.domain + " from " + mail.submitter +
                     ".\nThe attachment has it as JSON (RFC 8460), compressed with gzip.\n";
  mime::MultipartBody body =
      parts(std::move(text), format_tls_report(report), own(kTlsReportType), file_name(facts, mail, ".json.gz"));
  body.subtype = "report";
  body.parameters = {{"report-type", "tlsrpt"}};
  return mime::build({.header = std::move(*header), .body = std::move(body)}, random);
}

Result<std::string> compose(const mime::FeedbackReport& report, View header, View id, const ReportMail& mail,
                            Random& random) {
  mime::ReportOptions options;
  options.text = "This is a DMARC failure report from " + mail.submitter +
                 " (RFC 9991).\nIts second part says what was found out about a message, whose header follows.\n";
  auto message = mime::arrange(report, header, options);
  if (!message) return fail(std::move(message.error()));
  mime::HeaderWriter fields;
  auto written = write_header(fields, "FW: " + mime::Fields(header).text("Subject").value_or(""), id, mail).finish();
  if (!written) return fail(std::move(written.error()));
  message->header.insert(0, *written);
  return mime::build(*message, random);
}

}  // namespace posthorn::reports
