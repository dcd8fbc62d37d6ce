#include "posthorn/service/reports/failure.h"

#include <doctest/doctest.h>

#include "posthorn/testing/fakes.h"

using namespace posthorn;
using dmarc::Status;
using dmarc::Verdict;

namespace {

Verdict verdict_of(View record, Status status, View dkim, View spf) {
  Verdict verdict{.status = status, .author_domain = "example.org"};
  verdict.record = *dmarc::parse_record(record);
  verdict.aligned_dkim = own(dkim);
  verdict.aligned_spf = own(spf);
  return verdict;
}

}  // namespace

// RFC 9989 section 4.7, fo.
TEST_CASE("who asks for a report") {
  constexpr View kAll = "v=DMARC1; p=none; ruf=mailto:a@example.org";
  constexpr View kAny = "v=DMARC1; p=none; ruf=mailto:a@example.org; fo=1";
  constexpr View kDkim = "v=DMARC1; p=none; ruf=mailto:a@example.org; fo=d";
  using reports::asks_for_failure;
  CHECK(asks_for_failure(verdict_of(kAll, Status::fail, "", "")));
  CHECK(!asks_for_failure(verdict_of(kAll, Status::pass, "example.org", "")));
  CHECK(asks_for_failure(verdict_of(kAny, Status::pass, "example.org", "")));
  CHECK(!asks_for_failure(verdict_of(kAny, Status::pass, "example.org", "example.org")));
  CHECK(!asks_for_failure(verdict_of(kAny, Status::temperror, "", "")));
  CHECK(!asks_for_failure(verdict_of(kDkim, Status::fail, "", "")));
  CHECK(!asks_for_failure(verdict_of("v=DMARC1; p=none; fo=1", Status::fail, "", "")));
  CHECK(!asks_for_failure(Verdict{.status = Status::fail}));
}

// RFC 9991 section 4: the fields that it demands.
TEST_CASE("a failure report") {
  const Verdict verdict = verdict_of("v=DMARC1; p=none; fo=1; ruf=mailto:a@example.org", Status::fail, "", "");
  const reports::FailedMessage message{.source = *IpAddress::parse("192.0.2.9"),
                                       .mail_from = "x@example.net",
                                       .arrived = WallTime(std::chrono::seconds(1'271'272'531)),
                                       .delivery_result = "reject",
                                       .authentication_results = "mx.example; dmarc=fail header.from=example.org",
                                       .user_agent = "Posthorn"};
  const mime::FeedbackReport report = reports::failure_report(verdict, message);
  CHECK(mime::format_feedback_report(report) ==
        "Feedback-Type: auth-failure\r\nUser-Agent: Posthorn\r\nVersion: 1\r\nOriginal-Mail-From: <x@example.net>\r\n"
        "Arrival-Date: Wed, 14 Apr 2010 19:15:31 +0000\r\nSource-IP: 192.0.2.9\r\n"
        "Authentication-Results: mx.example; dmarc=fail header.from=example.org\r\nReported-Domain: example.org\r\n"
        "Auth-Failure: dmarc\r\nDelivery-Result: reject\r\nIdentity-Alignment: dkim, spf\r\n");
  testing::SeededRandom random(1);
  const auto entity = mime::arrange(report, "From: x@example.org\r\n\r\n");
  REQUIRE(entity);
  CHECK(mime::build(*entity, random)->find("report-type=feedback-report") != std::string::npos);
  CHECK(reports::failure_report(verdict_of("v=DMARC1; p=none", Status::pass, "example.org", ""), message)
            .auth.identity_alignment == "spf");
}
