#include "posthorn/service/reports/received.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/gzip.h"
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/report_mail.h"
#include "posthorn/service/reports/tls_json.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using reports::read_report;

namespace {

const reports::ReportMail kMail{.from = "dmarc@mail.receiver.example",
                                .submitter = "mail.receiver.example",
                                .to = "reports@example.com",
                                .now = WallTime(std::chrono::seconds(1'013'750'000))};

dmarc::AggregateReport aggregate() {
  dmarc::AggregateReport report{.version = "1.0", .organization = "R", .email = "a@b.example", .id = "abc123"};
  report.policy.domain = "example.com";
  report.rows = {{dmarc::Row{.header_from = "example.com"}, 3}};
  return report;
}

tlsrpt::Report tls_report() {
  return {.organization = "R",
          .begin = WallTime(std::chrono::seconds(86'400)),
          .end = WallTime(std::chrono::seconds(172'799)),
          .contact = "a@b.example",
          .id = "t1",
          .policies = {{.type = tlsrpt::PolicyType::no_policy_found, .domain = "example.com", .successes = 7}}};
}

}  // namespace

TEST_CASE("attachments tell by their octets what they are") {
  const std::string xml = reports::format_aggregate(aggregate());
  CHECK(std::get<dmarc::AggregateReport>(*read_report(xml)) == aggregate());
  CHECK(std::get<dmarc::AggregateReport>(*read_report("\xEF\xBB\xBF" + xml)) == aggregate());
  CHECK(std::get<dmarc::AggregateReport>(*read_report(codec::gzip(xml))) == aggregate());
  const std::string json = reports::format_tls_report(tls_report());
  CHECK(std::get<tlsrpt::Report>(*read_report(json)) == tls_report());
  CHECK(std::get<tlsrpt::Report>(*read_report(codec::gzip(json))) == tls_report());
  CHECK(read_report("<html/>").error().code == Code::syntax);
  CHECK(read_report("\x1F\x8B").error().code == Code::syntax);
}

TEST_CASE("messages have reports in them") {
  testing::SeededRandom random(1);
  CHECK(std::get<dmarc::AggregateReport>(*read_report(*reports::compose(aggregate(), kMail, random))) == aggregate());
  CHECK(std::get<tlsrpt::Report>(*read_report(*reports::compose(tls_report(), "example.com", kMail, random))) == tls_report());
  CHECK(read_report("From: a@b.example\r\n\r\nHello\r\n").error().code == Code::not_found);
  CHECK(read_report("").error().code == Code::not_found);
  // A sender that knows no media types, and a text for people in HTML.
  const std::string odd =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi\r\n"
      "--b\r\nContent-Type: application/octet-stream\r\n\r\n" +
      reports::format_aggregate(aggregate()) + "\r\n--b--\r\n";
  CHECK(std::get<dmarc::AggregateReport>(*read_report(odd)) == aggregate());
}

// The second part of the example of RFC 6591 appendix B.1, shortened.
TEST_CASE("failure reports") {
  const auto report = read_report(
      "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nThis is an authentication failure report.\r\n"
      "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
      "Feedback-Type: auth-failure\r\nUser-Agent: Someisp!Mailer-Filter/4.0\r\nVersion: 1\r\n"
      "Original-Mail-From: randomuser@example.net\r\nReported-Domain: example.com\r\nAuth-Failure: spf\r\n"
      "Delivery-Result: reject\r\nSource-IP: 192.0.2.1\r\n\r\n--b--\r\n");
  REQUIRE(report);
  const auto& feedback = std::get<mime::FeedbackReport>(*report);
  CHECK(feedback.feedback_type == "auth-failure");
  CHECK(feedback.source_ip == "192.0.2.1");
  CHECK(feedback.reported_domain == std::vector<std::string>{"example.com"});
  CHECK(feedback.auth.kind == "spf");
}
