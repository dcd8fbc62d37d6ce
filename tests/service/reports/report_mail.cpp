#include "posthorn/service/reports/report_mail.h"

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/tls_json.h"
#include "posthorn/service/reports/unpack.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;

namespace {

const reports::ReportMail kMail{.from = "dmarc@mail.receiver.example",
                                .submitter = "mail.receiver.example",
                                .to = "reports@example.com",
                                .now = WallTime(std::chrono::seconds(1'013'750'000))};

bool has(const std::string& message, View text) { return message.find(text) != std::string::npos; }

/// The body of the second part.
std::string attachment(const std::string& octets) {
  const mime::Message message = mime::Message::index(octets);
  REQUIRE(message.parts().size() == 3);
  return mime::decode_body(message, mime::PartId(2));
}

}  // namespace

// The names of RFC 9990 section 3.3.2, with the unique-id that is in the Report-ID too.
TEST_CASE("an aggregate report as mail") {
  dmarc::AggregateReport report{.version = "1.0", .organization = "R", .email = "a@b.example", .id = "abc123"};
  report.begin = WallTime(std::chrono::seconds(1'013'662'812));
  report.end = WallTime(std::chrono::seconds(1'013'749'130));
  report.policy.domain = "example.com";
  report.rows = {{dmarc::Row{.header_from = "example.com"}, 1}};
  testing::SeededRandom random(1);
  const auto message = reports::compose(report, kMail, random);
  REQUIRE(message);
  CHECK(has(*message,
            "Subject: Report Domain: example.com Submitter: mail.receiver.example\r\n Report-ID: <abc123>\r\n"));
  CHECK(has(*message, "From: dmarc@mail.receiver.example\r\n"));
  CHECK(has(*message, "To: reports@example.com\r\n"));
  CHECK(has(*message, "Auto-Submitted: auto-generated\r\n"));
  CHECK(has(*message, "Content-Type: application/gzip"));
  CHECK(has(*message, "mail.receiver.example!example.com!1013662812!1013749130!abc123.xml.gz"));
  CHECK(reports::parse_aggregate(*reports::unpack(attachment(*message))) == report);
  // The same report is the same message again, but for its boundary.
  const auto id = message->substr(message->find("Message-ID:"), 60);
  CHECK(has(*reports::compose(report, kMail, random), id));
}

// RFC 8460 section 5.3.
TEST_CASE("a TLS report as mail") {
  tlsrpt::Report report{.organization = "R",
                        .begin = WallTime(std::chrono::seconds(86'400)),
                        .end = WallTime(std::chrono::seconds(172'799)),
                        .contact = "a@b.example",
                        .id = "abc123"};
  report.policies = {{.type = tlsrpt::PolicyType::tlsa, .domain = "example.com", .successes = 4}};
  testing::SeededRandom random(1);
  const auto message = reports::compose(report, "example.com", kMail, random);
  REQUIRE(message);
  CHECK(has(*message, "TLS-Report-Domain: example.com\r\n"));
  CHECK(has(*message, "TLS-Report-Submitter: mail.receiver.example\r\n"));
  CHECK(has(*message, "multipart/report"));
  CHECK(has(*message, "report-type=tlsrpt"));
  CHECK(has(*message, "Content-Type: application/tlsrpt+gzip"));
  CHECK(has(*message, "mail.receiver.example!example.com!86400!172799!abc123.json.gz"));
  CHECK(reports::parse_tls_report(*reports::unpack(attachment(*message))) == report);
}

TEST_CASE("nothing can add a field") {
  testing::SeededRandom random(1);
  reports::ReportMail mail = kMail;
  mail.to = "a@b.example\r\nBcc: c@d.example";
  CHECK(!reports::compose(dmarc::AggregateReport{}, mail, random));
}
