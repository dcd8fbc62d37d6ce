#include "posthorn/service/queue/report.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace std::string_view_literals;
using mail::StatusCode;
using mail::TypedText;
using queue::Action;
using queue::compose_report;
using queue::ReportRequest;

namespace {
constexpr View kOriginal =
    "From: Jane <jane@example.org>\r\nTo: ann@example.com\r\nSubject: =?utf-8?q?caf=C3=A9?= at noon\r\n"
    "Date: Thu, 01 Jan 2026 01:00:00 +0100\r\nMessage-ID: <one@example.org>\r\n\r\nThe body\r\n";

ReportRequest request(Action action = Action::failed) {
  ReportRequest out;
  out.report_id = "0123abcd.0.1";
  out.host_name = "mx.example.org";
  out.from_address = "MAILER-DAEMON@mx.example.org";
  out.to = "jane@example.org";
  out.envelope_id = "QQ314159";
  out.arrived = testing::FakeClock::kStart;
  out.now = out.arrived + std::chrono::hours(5);
  out.original = kOriginal;
  out.recipients.push_back({.address = "ann@example.com",
                            .original_type = "rfc822",
                            .original_address = "Ann@lists.example.com",
                            .action = action,
                            .status = action == Action::failed    ? "5.1.1"
                                      : action == Action::delayed ? "4.4.1"
                                                                  : "2.0.0",
                            .diagnostic = "550-5.1.1 no\r\n550 5.1.1 such user",
                            .remote_host = "mx.example.com",
                            .last_attempt = out.now});
  if (action == Action::delayed) out.recipients.back().retry_until = out.arrived + std::chrono::hours(120);
  return out;
}

/// A report, taken apart by the parser of messages.
struct Read {
  std::string octets;
  mime::Message message = mime::Message::index(octets);
  std::optional<mime::Report> report = mime::report_of(message, mime::PartId(0));

  explicit Read(std::string text) : octets(std::move(text)) { REQUIRE(report); }
  [[nodiscard]] mime::Fields fields() const { return mime::Fields(message.header(mime::PartId(0))); }
  [[nodiscard]] std::string body(std::optional<mime::PartId> part) const {
    REQUIRE(part);
    return mime::decode_body(message, *part);
  }
  [[nodiscard]] std::string text() const { return body(report->text); }
  [[nodiscard]] mime::DeliveryStatus status() const { return mime::parse_delivery_status(body(report->fields)); }
  [[nodiscard]] std::string type(std::optional<mime::PartId> part) const {
    if (!part) return "none";
    return message.part(*part).type + "/" + message.part(*part).subtype;
  }
  /// The text with its lines joined.
  [[nodiscard]] std::string words() const {
    std::string out;
    for (const char c : text()) {
      const bool space = c == ' ' || c == '\n' || c == '\r';
      if (!space) out += c;
      if (space && !out.ends_with(' ')) out += ' ';
    }
    return out;
  }
};

Read read_report(const ReportRequest& request) {
  auto report = compose_report(request);
  REQUIRE_MESSAGE(report, report.error().note);
  return Read(std::move(*report));
}
bool has(View text, View words) { return text.find(words) != View::npos; }
Code refusal(const ReportRequest& request) {
  const auto report = compose_report(request);
  REQUIRE(!report);
  CHECK(report.error().blame == Blame::caller);
  return report.error().code;
}
}  // namespace

TEST_CASE("a report has the header of RFC 3464 section 2, RFC 3834 and RFC 5322") {
  const Read read = read_report(request());
  const mime::Fields fields = read.fields();
  CHECK(fields.text("From") == "Mail Delivery System <MAILER-DAEMON@mx.example.org>");
  CHECK(fields.text("To") == "jane@example.org");
  CHECK(fields.text("Auto-Submitted") == "auto-replied");
  CHECK(fields.text("MIME-Version") == "1.0");
  CHECK(fields.date("Date") == request().now);
  CHECK(fields.text("Message-ID") == "<0123abcd.0.1@mx.example.org>");
  CHECK(fields.text("In-Reply-To") == "<one@example.org>");
  CHECK(fields.text("References") == "<one@example.org>");
  CHECK(has(*fields.raw("Content-Type"), "multipart/report"));
  CHECK(has(*fields.raw("Content-Type"), "report-type=delivery-status"));
  CHECK(codec::is_ascii(read.octets));
}

TEST_CASE("a report has the fields of RFC 3464 section 2") {
  const mime::DeliveryStatus status = read_report(request()).status();
  CHECK(status.original_envelope_id == "QQ314159");
  CHECK(status.reporting_mta == TypedText{"dns", "mx.example.org"});
  CHECK(status.arrival_date->when == request().arrived);
  REQUIRE(status.recipients.size() == 1);
  const mime::RecipientStatus& recipient = status.recipients.front();
  CHECK(recipient.original_recipient == TypedText{"rfc822", "Ann@lists.example.com"});
  CHECK(recipient.final_recipient == TypedText{"rfc822", "ann@example.com"});
  CHECK(recipient.action == Action::failed);
  CHECK(recipient.status->code == StatusCode{5, 1, 1});
  CHECK(recipient.remote_mta == TypedText{"dns", "mx.example.com"});
  CHECK(recipient.diagnostic_code == TypedText{"smtp", "550-5.1.1 no 550 5.1.1 such user"});
  CHECK(recipient.last_attempt_date->when == request().now);
  CHECK(!recipient.will_retry_until);
}

TEST_CASE("a failure says who did not get it, why, who said so, and of which message") {
  const Read read = read_report(request());
  CHECK(read.fields().text("Subject") == "Your message could not be delivered");
  const std::string words = read.words();
  CHECK(has(words, "from the mail system mx.example.org"));
  CHECK(has(words, "could not be delivered to: ann@example.com (you wrote to Ann@lists.example.com)"));
  CHECK(has(words, "There is no such address."));
  CHECK(has(words, "mx.example.com said: 550-5.1.1 no 550 5.1.1 such user"));
  CHECK(has(words, "Subject: caf\xC3\xA9 at noon Sent: Thu, 01 Jan 2026 00:00:00 +0000 Message-ID: <one@example.org>"));
  CHECK(has(words, "Its header is attached."));
}

TEST_CASE("a delay says until when it is tried and that nothing needs to be done") {
  const Read read = read_report(request(Action::delayed));
  CHECK(read.fields().text("Subject") == "Your message is delayed");
  CHECK(has(read.words(), "has not been delivered yet to: ann@example.com"));
  CHECK(has(read.words(), "It will be tried again until Tue, 06 Jan 2026 00:00:00 +0000."));
  CHECK(has(read.words(), "You need not send the message again"));
  CHECK(read.status().recipients.at(0).will_retry_until->when == request().arrived + std::chrono::hours(120));
  CHECK(read.status().recipients.at(0).status->code == StatusCode{4, 4, 1});
}

TEST_CASE("a success says that nothing needs to be done") {
  const Read delivered = read_report(request(Action::delivered));
  CHECK(delivered.fields().text("Subject") == "Your message was delivered");
  CHECK(has(delivered.words(), "You need not do anything"));
  const Read relayed = read_report(request(Action::relayed));
  CHECK(relayed.fields().text("Subject") == "Your message was passed on");
  CHECK(has(relayed.words(), "does not report what becomes of it"));
  const Read expanded = read_report(request(Action::expanded));
  CHECK(has(expanded.words(), "delivered to this list"));
  CHECK(expanded.status().recipients.at(0).action == Action::expanded);
}

TEST_CASE("several recipients: the Subject tells the worst") {
  ReportRequest both = request(Action::delivered);
  both.recipients.push_back(request().recipients.front());
  const Read read = read_report(both);
  CHECK(read.fields().text("Subject") == "Your message could not be delivered");
  CHECK(!has(read.words(), "You need not do anything"));
  CHECK(read.status().recipients.size() == 2);
}

TEST_CASE(
    "what goes back: the message where it was asked for, lost and small, else its header (RFC 3461 section 4.3)") {
  ReportRequest full = request();
  CHECK(read_report(full).type(read_report(full).report->returned) == "text/rfc822-headers");
  CHECK(!has(read_report(full).octets, "The body"));
  full.want_full = true;
  SUBCASE("asked for") {
    const Read read = read_report(full);
    CHECK(read.type(read.report->returned) == "message/rfc822");
    CHECK(has(read.octets, kOriginal));
    CHECK(has(read.words(), "All of it is attached."));
    return;
  }
  SUBCASE("a delay") { full.recipients = request(Action::delayed).recipients; }
  SUBCASE("a success") { full.recipients = request(Action::delivered).recipients; }
  SUBCASE("limit") {
    full.limits.full = kOriginal.size();
    CHECK(has(read_report(full).octets, "The body"));
    full.limits.full = kOriginal.size() - 1;
  }
  SUBCASE("not all of it is there") { full.original_complete = false; }
  const Read read = read_report(full);
  CHECK(read.type(read.report->returned) == "text/rfc822-headers");
  CHECK(!has(read.octets, "The body"));
}

TEST_CASE("messages that cannot go back as they are: their header does") {
  ReportRequest full = request();
  full.want_full = true;
  std::string original;
  SUBCASE("NUL") { original = own(kOriginal) + std::string(1, '\0'); }
  SUBCASE("a line of over 998 octets") { original = own(kOriginal) + std::string(1'000, 'x') + "\r\n"; }
  SUBCASE("a header beyond ASCII, without SMTPUTF8") { original = "Subject: caf\xC3\xA9\r\n\r\nThe body\r\n"; }
  SUBCASE("a header that is no UTF-8, with it") {
    original = "Subject: caf\xE9\r\n\r\nThe body\r\n";
    full.utf8 = true;
  }
  SUBCASE("the boundary of the report") {
    const std::string report = read_report(full).octets;
    const std::size_t begin = report.find("\r\n--=_") + 2;
    original = own(kOriginal) + report.substr(begin, report.find("\r\n", begin) + 2 - begin);
  }
  full.original = original;
  const Read read = read_report(full);
  CHECK(read.type(read.report->returned) == "text/rfc822-headers");
  CHECK(!has(read.octets, "The body"));
  CHECK(has(read.words(), "Its header is attached."));
}

TEST_CASE("limits") {
  ReportRequest limited = request();
  SUBCASE("header: cut between two fields") {
    const std::size_t second = kOriginal.find("Subject:");
    for (std::size_t octets = second; octets < kOriginal.find("Date:"); ++octets) {
      limited.limits.header = octets;
      const Read read = read_report(limited);
      CHECK(read.body(read.report->returned) == kOriginal.substr(0, second));
    }
    limited.limits.header = 5;
    CHECK(!read_report(limited).report->returned);
  }
  SUBCASE("diagnostic: cut between two characters") {
    limited.limits.diagnostic = 8;
    limited.recipients.front().diagnostic = "550 abc\xC3\xA9";
    CHECK(read_report(limited).status().recipients.at(0).diagnostic_code == TypedText{"smtp", "550 abc"});
  }
  SUBCASE("recipients") {
    limited.limits.recipients = 2;
    limited.recipients.push_back(limited.recipients.front());
    CHECK(compose_report(limited));
    limited.recipients.push_back(limited.recipients.front());
    CHECK(refusal(limited) == Code::too_many);
  }
}

TEST_CASE("a message that breaks off in its header: no half field goes back") {
  ReportRequest cut = request();
  cut.original_complete = false;
  cut.original = kOriginal.substr(0, kOriginal.find("=?utf-8"));
  const Read read = read_report(cut);
  CHECK(read.body(read.report->returned) == kOriginal.substr(0, kOriginal.find("Subject:")));
  cut.original = kOriginal.substr(0, kOriginal.find("Subject:"));  // it may go on with a folded line
  CHECK(read_report(cut).body(read_report(cut).report->returned) == kOriginal.substr(0, kOriginal.find("To:")));
  cut.original = {};
  CHECK(!read_report(cut).report->returned);
  CHECK(!has(read_report(cut).words(), "attached"));
}

TEST_CASE("replies of any octets stay in their field") {
  ReportRequest hostile = request();
  hostile.recipients.front().diagnostic =
      own("550 a\r\n\r\nAction: delivered\r\n\0\x1B[31m\xFF"sv) + std::string(5'000, 'x');
  hostile.recipients.front().remote_host = "mx\r\nX-Evil: yes";
  hostile.envelope_id = "a\r\nX-Evil: yes";
  const Read read = read_report(hostile);
  CHECK(codec::is_ascii(read.octets));
  frame::TextScanner scanner;
  CHECK(scanner.scan(read.octets));
  CHECK(scanner.finish());
  const mime::DeliveryStatus status = read.status();
  REQUIRE(status.recipients.size() == 1);
  CHECK(status.recipients.front().action == Action::failed);
  CHECK(status.recipients.front().remote_mta == TypedText{"dns", "mx X-Evil: yes"});
  CHECK(status.original_envelope_id == "a X-Evil: yes");
  CHECK(status.recipients.front().more.empty());
  CHECK(!has(read.text(), "\x1B"));
}

TEST_CASE("a status that is no code follows the action") {
  for (const auto& [action, kind] : {std::pair(Action::failed, 5), {Action::delayed, 4}, {Action::delivered, 2}}) {
    for (const std::string status : {"", "550", "5.1", "5.1.1 x"}) {
      ReportRequest odd = request(action);
      odd.recipients.front().status = status;
      CHECK(read_report(odd).status().recipients.at(0).status->code ==
            StatusCode{static_cast<std::uint16_t>(kind), 0, 0});
    }
  }
}

TEST_CASE("our own words are no SMTP reply; a recipient may lack everything but its address") {
  ReportRequest bare = request();
  bare.recipients = {{.address = "ann@example.com", .status = "5.4.4", .diagnostic = "The domain takes no mail"}};
  bare.envelope_id.clear();
  const mime::DeliveryStatus status = read_report(bare).status();
  CHECK(status.original_envelope_id.empty());
  const mime::RecipientStatus& recipient = status.recipients.at(0);
  CHECK(recipient.diagnostic_code == TypedText{"x-posthorn", "The domain takes no mail"});
  CHECK(!recipient.original_recipient);
  CHECK(!recipient.remote_mta);
  CHECK(!recipient.last_attempt_date);
}

TEST_CASE("SMTPUTF8: the types of RFC 6533") {
  ReportRequest global = request();
  global.recipients.front().address = "j\xC3\xB6rg@example.com";
  global.recipients.front().original_type = "utf-8";
  global.recipients.front().original_address =
      "j\xC3\xB6rg@b\xC3\xBC"
      "cher.example";
  const std::string original = "Subject: caf\xC3\xA9\r\nMessage-ID: <one@example.org>\r\n\r\nThe body\r\n";
  global.original = original;
  SUBCASE("header") {
    const Read read = read_report(global);
    CHECK(read.type(read.report->fields) == "message/global-delivery-status");
    CHECK(read.type(read.report->returned) == "message/global-headers");
    CHECK(has(read.octets, "Final-Recipient: utf-8; j\xC3\xB6rg@example.com\r\n"));
    CHECK(read.status().recipients.at(0).original_recipient ==
          TypedText{"utf-8", global.recipients.front().original_address});
  }
  SUBCASE("whole") {
    global.want_full = true;
    const Read read = read_report(global);
    CHECK(read.type(read.report->returned) == "message/global");
    CHECK(has(read.octets, original));
  }
  SUBCASE("a sender beyond ASCII") {
    global = request();
    global.to = "j\xC3\xA4ne@example.org";
    CHECK(read_report(global).fields().addresses("To").at(0).local_part == "j\xC3\xA4ne");
  }
  SUBCASE("SMTPUTF8 that nothing needs: all is ASCII, and goes everywhere") {
    global = request();
    global.utf8 = true;
    const Read read = read_report(global);
    CHECK(codec::is_ascii(read.octets));
    CHECK(read.type(read.report->fields) == "message/delivery-status");
    CHECK(read.type(read.report->returned) == "text/rfc822-headers");
  }
}

TEST_CASE("raw octets over 127 in a header without SMTPUTF8 go back in ASCII") {
  for (const View octets : {View("Subject: caf\xC3\xA9\r\n\r\nx"), View("Subject: caf\xE9\r\n\r\nx")}) {
    ReportRequest eight = request();
    eight.original = octets;
    const Read read = read_report(eight);
    CHECK(codec::is_ascii(read.octets));
    CHECK(read.body(read.report->returned) == mime::header_of(octets));
  }
}

TEST_CASE("ids of messages that no header can hold are left out") {
  for (const std::string id : {"<a b>", "<>", "none", "<\xFF@x>"}) {
    ReportRequest odd = request();
    const std::string original = "Message-ID: " + id + "\r\n\r\n";
    odd.original = original;
    CHECK_MESSAGE(compose_report(odd), id);
  }
  ReportRequest odd = request();
  const std::string original = "Message-ID: <" + std::string(300, 'x') + "@example.org>\r\n\r\n";
  odd.original = original;
  CHECK(!read_report(odd).fields().raw("References"));
}

TEST_CASE("mail of the null sender is never reported, and a request must be whole") {
  ReportRequest bad = request();
  SUBCASE("null sender") { bad.to = ""; }
  SUBCASE("null sender in brackets") { bad.to = "<>"; }
  SUBCASE("a sender without domain") { bad.to = "jane"; }
  SUBCASE("a sender with a line end") { bad.to = "jane@example.org\r\nBcc: x@y"; }
  SUBCASE("no From") { bad.from_address = ""; }
  SUBCASE("no id") { bad.report_id = ""; }
  SUBCASE("an id that is none") { bad.report_id = "a@b"; }
  SUBCASE("an id with an empty atom") { bad.report_id = "a..b"; }
  SUBCASE("no host") { bad.host_name = ""; }
  SUBCASE("a host that is none") { bad.host_name = "mx example\r\n"; }
  SUBCASE("no recipient") { bad.recipients.clear(); }
  SUBCASE("a recipient without address") { bad.recipients.front().address = "\r\n"; }
  CHECK(refusal(bad) == Code::misuse);
}

TEST_CASE("the same request gives the same octets") { CHECK(compose_report(request()) == compose_report(request())); }
