#include "posthorn/grammar/mime/feedback_report.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/testing/fakes.h"

#include "json.h"
#include "shared_data.h"

using namespace posthorn;
using mime::FeedbackReport;

namespace {
// RFC 5965 appendix B.2.
constexpr View kExample =
    "Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
    "Original-Mail-From: <somespammer@example.net>\r\nOriginal-Rcpt-To: <user@example.com>\r\n"
    "Arrival-Date: Thu, 8 Mar 2005 14:00:00 EDT\r\nReporting-MTA: dns; mail.example.com\r\nSource-IP: 192.0.2.1\r\n"
    "Authentication-Results: mail.example.com;\r\n            spf=fail smtp.mail=somespammer@example.com\r\n"
    "Reported-Domain: example.net\r\nReported-Uri: http://example.net/earn_money.html\r\n"
    "Reported-Uri: mailto:user@example.com\r\nRemoval-Recipient: user@example.com\r\n";

std::string built(const mime::Entity& entity) {
  testing::SeededRandom random(1);
  auto out = mime::build(entity, random);
  if (!out) FAIL(out.error().note);
  return *out;
}

FeedbackReport parsed(const mime::Message& message) {
  const auto report = mime::report_of(message, mime::PartId(0));
  REQUIRE((report && report->fields));
  CHECK(report->type == "feedback-report");
  return mime::parse_feedback_report(mime::decode_body(message, *report->fields));
}

/// "bodyhash" of "BodyHash", "" of what they have no value for.
std::string word(const testing::Json& theirs) {
  std::string out;
  for (const char c : theirs.text) out += to_lower(c);
  if (out == "authfailure") return "auth-failure";
  return out == "unspecified" ? "" : out;
}

/// With one space for white space.
std::string words(View text) {
  std::string out;
  for (const char c : text) {
    const bool white = c == ' ' || c == '\n' || c == '\r';
    if (!white || !out.ends_with(' ')) out += white ? ' ' : c;
  }
  return out;
}

std::vector<std::string> list(const testing::Json& theirs) {
  std::vector<std::string> out;
  for (const auto& item : theirs.items) out.push_back(words(item.text));
  return out;
}
}  // namespace

TEST_CASE("feedback report: the example of RFC 5965 appendix B.2") {
  const auto report = mime::parse_feedback_report(kExample);
  CHECK(report ==
        FeedbackReport{
            .feedback_type = "abuse",
            .user_agent = "SomeGenerator/1.0",
            .version = "1",
            .original_mail_from = "somespammer@example.net",
            .original_rcpt_to = {"user@example.com"},
            .arrival_date = mime::DateTime{WallTime(std::chrono::seconds(1'110'304'800)), std::chrono::hours(-4)},
            .reporting_mta = mail::TypedText{"dns", "mail.example.com"},
            .source_ip = "192.0.2.1",
            .authentication_results = {"mail.example.com;            spf=fail smtp.mail=somespammer@example.com"},
            .reported_domain = {"example.net"},
            .reported_uri = {"http://example.net/earn_money.html", "mailto:user@example.com"},
            .more = {{"Removal-Recipient", "user@example.com"}}});
  CHECK(mime::parse_feedback_report(mime::format_feedback_report(report)) == report);
}

TEST_CASE("feedback report: the published reports") {
  const auto folder = testing::shared_data("dmarc/arf");
  if (!folder) return;
  for (const char* name : {"001", "002", "003"}) {
    CAPTURE(name);
    const std::string octets = testing::read_whole_file(*folder / (std::string(name) + ".eml"));
    const std::string json = testing::read_whole_file(*folder / (std::string(name) + ".json"));
    const testing::Json theirs = testing::JsonReader(json).value();
    const FeedbackReport ours = parsed(mime::Message::index(octets));
    const auto in_brackets = [](const auto& path) { return path ? "<" + *path + ">" : std::string(); };
    CHECK(ours.feedback_type == word(theirs["feedback_type"]));
    CHECK(ours.user_agent == theirs["user_agent"].text);
    CHECK(ours.version == std::to_string(static_cast<int>(theirs["version"].number)));
    CHECK(ours.incidents.value_or(1) == theirs["incidents"].number);
    CHECK(ours.source_port.value_or(0) == theirs["source_port"].number);
    CHECK(ours.source_ip == theirs["source_ip"].text);
    CHECK(in_brackets(ours.original_mail_from) == theirs["original_mail_from"].text);
    CHECK((ours.original_rcpt_to.empty() ? "" : "<" + ours.original_rcpt_to[0] + ">") ==
          theirs["original_rcpt_to"].text);
    CHECK((ours.reporting_mta ? ours.reporting_mta->text : "") == theirs["reporting_mta"].text);
    CHECK((ours.arrival_date ? ours.arrival_date->when.time_since_epoch().count() : 0) ==
          static_cast<std::int64_t>(theirs["arrival_date"].number));
    CHECK(ours.arrival_date.has_value() == (theirs["arrival_date"].kind == testing::Json::Kind::number));
    std::vector<std::string> results;
    for (const auto& result : ours.authentication_results) results.push_back(words(result));
    CHECK(results == list(theirs["authentication_results"]));
    CHECK(ours.reported_domain == list(theirs["reported_domain"]));
    CHECK(ours.reported_uri == list(theirs["reported_uri"]));
    CHECK(ours.auth.kind == word(theirs["auth_failure"]));
    CHECK(ours.auth.delivery_result == word(theirs["delivery_result"]));
    CHECK(ours.auth.identity_alignment == word(theirs["identity_alignment"]));
    CHECK(ours.auth.dkim_domain == theirs["dkim_domain"].text);
    CHECK(mime::parse_feedback_report(mime::format_feedback_report(ours)) == ours);
  }
}

TEST_CASE("feedback report: all fields") {
  FeedbackReport all = mime::parse_feedback_report(kExample);
  all.original_envelope_id = "QQ314159";
  all.original_mail_from = "";
  all.source_port = 65'535;
  all.incidents = 17;
  all.auth = {.kind = "bodyhash",
              .delivery_result = "reject",
              .identity_alignment = "dkim, spf",
              .dkim_domain = "example.net",
              .dkim_identity = "@example.net",
              .dkim_selector = "s1",
              .dkim_canonicalized_header = "from:x\r\nto:y\r\n",
              .dkim_canonicalized_body = std::string(1000, '\0') + "\r\n",
              .dkim_adsp_dns = "\"dkim=all\"",
              .dkim_selector_dns = "\"v=DKIM1; p=MIGf\"",
              .spf_dns = {"txt : example.net : \"v=spf1 -all\"", "spf : example.net : \"v=spf1 -all\""}};
  const std::string text = mime::format_feedback_report(all);
  CHECK(mime::parse_feedback_report(text) == all);
  CHECK(text.contains("Original-Mail-From: <>\r\n"));
  CHECK(text.contains("DKIM-Canonicalized-Header: ZnJvbTp4DQp0bzp5DQo=\r\n"));
  // The same date under its older name; numbers and base64 that are none are kept as text.
  const auto odd = mime::parse_feedback_report(
      "Received-Date: Thu, 8 Mar 2005 14:00:00 EDT\nSource-Port: 65536\nDKIM-Canonicalized-Body: plain text\n");
  CHECK(odd.arrival_date == all.arrival_date);
  CHECK(odd.more.size() == 2);
}

TEST_CASE("feedback report: a report") {
  constexpr View kOriginal = "From: <somespammer@example.net>\r\nSubject: Earn money\r\n\r\nSpam\r\n";
  FeedbackReport report = mime::parse_feedback_report(kExample);
  report.version.clear();
  report.more.push_back({"X-Note", "caf\xC3\xA9"});
  const auto entity =
      mime::arrange(report, kOriginal, {.returned = mime::Return::message, .form = mime::HeaderForm::utf8});
  REQUIRE(entity);
  CHECK(entity->header == "Auto-Submitted: auto-generated\r\n");
  const std::string octets = built(*entity);
  CHECK(octets.contains("Content-Type: multipart/report; report-type=feedback-report;"));
  CHECK(octets.contains("Content-Type: message/feedback-report\r\n\r\n"));
  const auto message = mime::Message::index(octets);
  CHECK(message.defects().empty());
  report.version = "1";
  report.more.back().value = "caf\\x{E9}";
  CHECK(parsed(message) == report);
  const auto parts = mime::report_of(message, mime::PartId(0));
  CHECK(message.part(*parts->returned).subtype == "rfc822");
  CHECK(mime::decode_text(message, parts->text) ==
        "This is a report (abuse) of a message\r\nreceived from the address 192.0.2.1\r\n"
        "on Tue, 08 Mar 2005 14:00:00 -0400.\r\n"
        "The second part has the details for programs (RFC 5965), the third the message.\r\n");

  const auto code = [&](const FeedbackReport& r, View original, mime::Return returned) {
    return mime::arrange(r, original, {.returned = returned}).error().code;
  };
  CHECK(code(report, kOriginal, mime::Return::nothing) == Code::misuse);
  CHECK(code(report, {}, mime::Return::header) == Code::misuse);
  report.user_agent.clear();
  CHECK(code(report, kOriginal, mime::Return::header) == Code::misuse);
}
