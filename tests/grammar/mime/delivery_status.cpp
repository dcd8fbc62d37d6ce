#include "posthorn/grammar/mime/delivery_status.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using mail::StatusCode;
using mail::TypedText;
using mime::Action;
using mime::DeliveryStatus;
using mime::RecipientStatus;
using mime::ReportedStatus;

namespace {
mime::DateTime date(View text) {
  WallTime local{};
  const auto when = mail::parse_date(text, &local);
  REQUIRE(when);
  return {*when, std::chrono::duration_cast<std::chrono::minutes>(local - *when)};
}
TypedText rfc822(std::string text) { return {"rfc822", std::move(text)}; }
TypedText dns(std::string text) { return {"dns", std::move(text)}; }

/// A report that has everything.
DeliveryStatus full() {
  return {.original_envelope_id = "QQ314159",
          .reporting_mta = dns("mx.example.org"),
          .dsn_gateway = dns("gate.example.org"),
          .received_from_mta = dns("client.example.net (192.0.2.1)"),
          .arrival_date = date("Thu, 7 Jul 1994 17:10:28 -0400"),
          .more = {{"X-Queue-ID", "3A4B"}},
          .recipients = {{.original_recipient = rfc822("ann@example.com"),
                          .final_recipient = rfc822("ann@inner.example.com"),
                          .action = Action::failed,
                          .status = ReportedStatus{{5, 1, 1}, "no (such) \\ user"},
                          .remote_mta = dns("mx.example.com"),
                          .diagnostic_code = TypedText{"smtp",
                                                       "550 5.1.1 No such user here; ask the postmaster of "
                                                       "example.com about it, who knows all of them"},
                          .localized_diagnostic = {{"fr", "inconnu"}, {"de", "unbekannt"}},
                          .last_attempt_date = date("Thu, 7 Jul 1994 17:15:49 -0400"),
                          .final_log_id = "log-17",
                          .more = {{"X-Display-Name", "Ann"}}},
                         {.final_recipient = rfc822("bob@example.net"),
                          .action = Action::delayed,
                          .status = ReportedStatus{{4, 4, 1}, ""},
                          .will_retry_until = date("Tue, 12 Jul 1994 17:10:28 +0530")}}};
}

constexpr View kOriginal = "From: Jane <jane@example.org>\r\nSubject: Hello\r\n\r\nThe body\r\n";

std::string built(const mime::Entity& entity) {
  testing::SeededRandom random(1);
  auto out = mime::build(entity, random);
  if (!out) FAIL(out.error().note);
  return *out;
}
}  // namespace

TEST_CASE("delivery status: the examples of RFC 3464 appendix E") {
  const auto simple = mime::parse_delivery_status(
      "Reporting-MTA: dns; cs.utk.edu\r\n\r\nOriginal-Recipient: rfc822;louisl@larry.slip.umd.edu\r\n"
      "Final-Recipient: rfc822;louisl@larry.slip.umd.edu\r\nAction: failed\r\nStatus: 4.0.0\r\n"
      "Diagnostic-Code: smtp; 426 connection timed out\r\nLast-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400\r\n");
  CHECK(simple == DeliveryStatus{.reporting_mta = dns("cs.utk.edu"),
                                 .recipients = {{.original_recipient = rfc822("louisl@larry.slip.umd.edu"),
                                                 .final_recipient = rfc822("louisl@larry.slip.umd.edu"),
                                                 .action = Action::failed,
                                                 .status = ReportedStatus{{4, 0, 0}, ""},
                                                 .diagnostic_code = TypedText{"smtp", "426 connection timed out"},
                                                 .last_attempt_date = date("Thu, 7 Jul 1994 17:15:49 -0400")}}});

  const auto many = mime::parse_delivery_status(
      "Reporting-MTA: dns; cs.utk.edu\r\n\r\nOriginal-Recipient: rfc822;arathib@vnet.ibm.com\r\n"
      "Final-Recipient: rfc822;arathib@vnet.ibm.com\r\nAction: failed\r\nStatus: 5.0.0 (permanent failure)\r\n"
      "Diagnostic-Code: smtp;  550 'arathib@vnet.IBM.COM' is not a\r\n registered gateway user\r\n"
      "Remote-MTA: dns; vnet.ibm.com\r\n\r\nOriginal-Recipient: rfc822;johnh@hpnjld.njd.hp.com\r\n"
      "Final-Recipient: rfc822;johnh@hpnjld.njd.hp.com\r\nAction: delayed\r\n"
      "Status: 4.0.0 (hpnjld.njd.jp.com: host name lookup failure)\r\n\r\n"
      "Original-Recipient: rfc822;wsnell@sdcc13.ucsd.edu\r\nFinal-Recipient: rfc822;wsnell@sdcc13.ucsd.edu\r\n"
      "Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 user unknown\r\nRemote-MTA: dns; "
      "sdcc13.ucsd.edu\r\n\r\n");
  REQUIRE(many.recipients.size() == 3);
  CHECK(many.recipients[0].status == ReportedStatus{{5, 0, 0}, "permanent failure"});
  CHECK(many.recipients[0].diagnostic_code ==
        TypedText{"smtp", "550 'arathib@vnet.IBM.COM' is not a registered gateway user"});
  CHECK(many.recipients[0].remote_mta == dns("vnet.ibm.com"));
  CHECK(many.recipients[1].action == Action::delayed);
  CHECK(many.recipients[1].status->comment == "hpnjld.njd.jp.com: host name lookup failure");
  CHECK(many.recipients[2].final_recipient == rfc822("wsnell@sdcc13.ucsd.edu"));

  const auto foreign = mime::parse_delivery_status(
      "Reporting-MTA: mailbus; SYS30\n\nFinal-Recipient: unknown; nair_s\nStatus: 5.0.0 (unknown permanent failure)\n"
      "Action: failed\n");
  CHECK(foreign.reporting_mta == TypedText{"mailbus", "SYS30"});
  REQUIRE(foreign.recipients.size() == 1);
  CHECK(foreign.recipients[0].final_recipient == TypedText{"unknown", "nair_s"});
  CHECK(foreign.recipients[0].action == Action::failed);
}

TEST_CASE("delivery status: what mail systems send") {
  SUBCASE("types that are missing, words in odd case, fields in any order") {
    const auto status = mime::parse_delivery_status(
        "reporting-mta: mx.example.org\nARRIVAL-DATE: 1 Jan 2026 00:00:00 GMT\n\naction: FAILED (why)\n"
        "Status: 5.1.1 unknown\nfinal-recipient: <ann@example.com>\ndiagnostic-code: 550 no; really\n");
    CHECK(status.reporting_mta == dns("mx.example.org"));
    CHECK(status.arrival_date == mime::DateTime{testing::FakeClock::kStart, {}});
    REQUIRE(status.recipients.size() == 1);
    const RecipientStatus& r = status.recipients[0];
    CHECK(r.action == Action::failed);
    CHECK(r.status == ReportedStatus{{5, 1, 1}, "unknown"});
    CHECK(r.final_recipient == rfc822("<ann@example.com>"));
    CHECK(mail::mailbox_of(*r.final_recipient) == mail::Mailbox{"ann", "example.com"});
    CHECK(r.diagnostic_code == TypedText{"smtp", "550 no; really"});
    CHECK(r.more.empty());
  }
  SUBCASE("groups with several empty lines between them, before and behind") {
    const auto status = mime::parse_delivery_status(
        "\n\nReporting-MTA: dns;a\n\n \t\n\nFinal-Recipient: rfc822;b@c\n\n\n\nFinal-Recipient: rfc822;d@e\n\n\n");
    CHECK(status.reporting_mta == dns("a"));
    REQUIRE(status.recipients.size() == 2);
    CHECK(status.recipients[1].final_recipient == rfc822("d@e"));
  }
  SUBCASE("groups without an empty line between them") {
    const auto status = mime::parse_delivery_status(
        "Reporting-MTA: dns;a\nX-Postfix-Queue-ID: 1\nOriginal-Recipient: rfc822;b@c\nFinal-Recipient: rfc822;b@c\n"
        "Action: failed\nOriginal-Recipient: rfc822;d@e\nFinal-Recipient: rfc822;d@e\nAction: delayed\n");
    CHECK(status.more.size() == 1);
    REQUIRE(status.recipients.size() == 2);
    CHECK(status.recipients[0].action == Action::failed);
    CHECK(status.recipients[1].original_recipient == rfc822("d@e"));
    CHECK(status.recipients[1].action == Action::delayed);
  }
  SUBCASE("an empty line inside the first group") {
    const auto status = mime::parse_delivery_status(
        "Reporting-MTA: dns;a\n\nArrival-Date: Thu, 1 Jan 2026 00:00:00 +0000\nX-A: b\n\n"
        "Final-Recipient: rfc822;b@c\n");
    CHECK(status.arrival_date);
    CHECK(status.more.size() == 1);
    CHECK(status.recipients.size() == 1);
  }
  SUBCASE("one group alone, and nothing at all") {
    CHECK(mime::parse_delivery_status("Final-Recipient: rfc822;b@c\nStatus: 5.0.0").recipients.size() == 1);
    CHECK(mime::parse_delivery_status("") == DeliveryStatus{});
    CHECK(mime::parse_delivery_status("no field here\n\nnor here") == DeliveryStatus{});
  }
  SUBCASE("a line of white space in a folded field") {
    const auto status = mime::parse_delivery_status("Final-Recipient: rfc822;b@c\nDiagnostic-Code: smtp;a\n \n b\n");
    REQUIRE(status.recipients.size() == 1);
    CHECK(status.recipients[0].diagnostic_code == TypedText{"smtp", "a  b"});
  }
}

TEST_CASE("delivery status: nothing is lost") {
  const auto status = mime::parse_delivery_status(
      "Reporting-MTA: dns;a\nReporting-MTA: dns;b\nArrival-Date: yesterday\nOriginal-Envelope-Id:\n\n"
      "Final-Recipient: rfc822;b@c\nAction: bounced\nStatus: 550\nX-Supplementary-Info: <smtp; 5>\nArrival-Date: "
      "now\n");
  CHECK(status.reporting_mta == dns("a"));
  CHECK(status.more == std::vector<mime::ReportField>{
                           {"Reporting-MTA", "dns;b"}, {"Arrival-Date", "yesterday"}, {"Original-Envelope-Id", ""}});
  REQUIRE(status.recipients.size() == 1);
  CHECK(!status.recipients[0].action);
  CHECK(status.recipients[0].more ==
        std::vector<mime::ReportField>{
            {"Action", "bounced"}, {"Status", "550"}, {"X-Supplementary-Info", "<smtp; 5>"}, {"Arrival-Date", "now"}});
  CHECK(mime::parse_delivery_status(mime::format_delivery_status(status)) == status);
}

TEST_CASE("delivery status: what is written is read again") {
  const std::string text = mime::format_delivery_status(full());
  CHECK(mime::parse_delivery_status(text) == full());
  CHECK(text.starts_with("Original-Envelope-Id: QQ314159\r\nReporting-MTA: dns; mx.example.org\r\n"));
  CHECK(text.contains("\r\n\r\nOriginal-Recipient: rfc822; ann@example.com\r\n"));
  CHECK(text.contains("\r\nLast-Attempt-Date: Thu, 07 Jul 1994 17:15:49 -0400\r\n"));
  for (View rest = text; !rest.empty();) {
    const std::size_t end = rest.find("\r\n");
    REQUIRE(end != View::npos);
    CHECK(end <= 78);
    rest.remove_prefix(end + 2);
  }
}

TEST_CASE("delivery status: addresses in UTF-8 (RFC 6533 section 3)") {
  DeliveryStatus status = full();
  status.recipients[0].original_recipient = TypedText{"utf-8", "j\xC3\xB6rg+x \\@example.com"};
  status.recipients[0].diagnostic_code = TypedText{"smtp", "550 jamais entendu parl\xC3\xA9"};
  const std::string ascii = mime::format_delivery_status(status);
  CHECK(ascii.contains("Original-Recipient: utf-8; j\\x{F6}rg\\x{2B}x\\x{20}\\x{5C}@example.com\r\n"));
  CHECK(ascii.contains("Diagnostic-Code: smtp; 550 jamais entendu parl\\x{E9}\r\n"));
  CHECK(mime::parse_delivery_status(ascii).recipients[0].original_recipient == status.recipients[0].original_recipient);
  CHECK(mime::parse_delivery_status(mime::format_delivery_status(status, mime::HeaderForm::utf8)) == status);

  status.recipients[0].original_recipient = rfc822("j\xC3\xB6rg@example.com");
  CHECK(mime::format_delivery_status(status, mime::HeaderForm::utf8)
            .contains("Original-Recipient: utf-8; j\xC3\xB6rg@example.com\r\n"));
  // What is labelled utf-8 and is no such form stays as it is.
  const auto odd = mime::parse_delivery_status("Final-Recipient: UTF-8; a\\x{0A}b\\q@c\n");
  CHECK(odd.recipients[0].final_recipient == TypedText{"utf-8", "a\\x{0A}b\\q@c"});
}

TEST_CASE("delivery status: values cannot break out of their field") {
  DeliveryStatus status = full();
  status.recipients[0].diagnostic_code =
      TypedText{"smtp", "550 no\r\n\r\nFinal-Recipient: rfc822; eve@x\r\n" + std::string(1, '\0') + "\x7F!"};
  status.recipients[0].more = {
      {"X-Bad\r\nAction", "delivered"}, {"", "x"}, {std::string(78, 'n'), "x"}, {"X", "\xFF\ty"}};
  status.recipients[0].remote_mta = TypedText{"a b;", "mx"};
  status.recipients[0].final_log_id = std::string(5000, 'x');
  const std::string text = mime::format_delivery_status(status);
  CHECK(!text.contains("\r\nFinal-Recipient: rfc822; eve"));
  CHECK(!text.contains("X-Bad"));
  CHECK(text.contains("Remote-MTA: dns; mx\r\n"));
  CHECK(text.contains("X: \\x{FFFD} y\r\n"));
  const auto again = mime::parse_delivery_status(text);
  REQUIRE(again.recipients.size() == 2);
  CHECK(again.recipients[0].diagnostic_code == TypedText{"smtp", "550 no Final-Recipient: rfc822; eve@x !"});
  for (View rest = text; !rest.empty();) {
    const std::size_t end = rest.find("\r\n");
    CHECK(end <= 998);
    rest.remove_prefix(end + 2);
  }
}

TEST_CASE("delivery status: no more recipients than the limit") {
  std::string body = "Reporting-MTA: dns;a\n";
  for (std::size_t i = 0; i < mime::kMaxReportedRecipients + 10; ++i) body += "\nFinal-Recipient: rfc822;b@c\n";
  CHECK(mime::parse_delivery_status(body).recipients.size() == mime::kMaxReportedRecipients);
}

TEST_CASE("delivery status: a report") {
  auto entity = mime::arrange(full(), kOriginal);
  REQUIRE(entity);
  CHECK(entity->header == "Auto-Submitted: auto-replied\r\n");
  entity->header += "From: MAILER-DAEMON@mx.example.org\r\nTo: jane@example.org\r\n";
  const std::string octets = built(*entity);
  CHECK(octets.contains("Content-Type: multipart/report; report-type=delivery-status;"));
  CHECK(!octets.contains("8bit"));
  const auto message = mime::Message::index(octets);
  CHECK(message.defects().empty());
  const auto report = mime::report_of(message, mime::PartId(0));
  REQUIRE(report);
  CHECK(report->type == "delivery-status");
  REQUIRE((report->fields && report->returned));
  CHECK(message.part(*report->fields).subtype == "delivery-status");
  CHECK(mime::parse_delivery_status(mime::decode_body(message, *report->fields)) == full());
  CHECK(message.part(*report->returned).subtype == "rfc822-headers");
  CHECK(mime::decode_body(message, *report->returned) == "From: Jane <jane@example.org>\r\nSubject: Hello\r\n");

  const std::string text = mime::decode_text(message, report->text);
  CHECK(text.contains("Your message could not be delivered to:\r\n\r\n    ann@inner.example.com"));
  CHECK(text.contains("There is no such address."));
  CHECK(text.contains("mx.example.com said: 550 5.1.1 No such user here"));
  CHECK(text.contains("Your message has not been delivered yet to:\r\n\r\n    bob@example.net"));
  CHECK(text.contains("until Tue, 12 Jul 1994 17:10:28"));
  CHECK(mime::report_subject(full()) == "Your message could not be delivered");
}

TEST_CASE("delivery status: what goes back") {
  const auto third = [](View original, const mime::ReportOptions& options) {
    const std::string octets = built(*mime::arrange(full(), original, options));
    const auto message = mime::Message::index(octets);
    for (const auto& found : message.defects()) CHECK(found.defect == mime::Defect::eight_bit_header);
    const auto report = mime::report_of(message, mime::PartId(0));
    REQUIRE(report);
    if (!report->returned) return std::string("nothing");
    const auto& part = message.part(*report->returned);
    return part.type + "/" + part.subtype + " " + mime::decode_body(message, *report->returned);
  };
  constexpr View kGlobal = "Subject: caf\xC3\xA9\n\nbody";
  CHECK(third(kOriginal, {.returned = mime::Return::message}) == "message/rfc822 " + std::string(kOriginal));
  CHECK(third(kOriginal, {.returned = mime::Return::nothing}) == "nothing");
  CHECK(third("", {}) == "nothing");
  CHECK(third(kGlobal, {}) == "text/rfc822-headers Subject: caf\xC3\xA9\r\n");
  CHECK(third(kGlobal, {.form = mime::HeaderForm::utf8}) == "message/global-headers Subject: caf\xC3\xA9\r\n");
  CHECK(third(kGlobal, {.returned = mime::Return::message}) == "message/global Subject: caf\xC3\xA9\r\n\r\nbody");
  CHECK(third("Subject: \xE9\r\n\r\n", {}) == "text/rfc822-headers Subject: \xE9\r\n");
}

TEST_CASE("delivery status: UTF-8 makes it message/global-delivery-status where that may be") {
  DeliveryStatus status = full();
  status.recipients[0].final_recipient = TypedText{"utf-8", "j\xC3\xB6rg@example.com"};
  const std::string global = built(*mime::arrange(status, kOriginal, {.form = mime::HeaderForm::utf8}));
  CHECK(global.contains("Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n"));
  CHECK(global.contains("report-type=delivery-status"));
  const std::string ascii = built(*mime::arrange(status, kOriginal));
  CHECK(ascii.contains("Content-Type: message/delivery-status\r\n\r\n"));
  CHECK(built(*mime::arrange(full(), kOriginal, {.form = mime::HeaderForm::utf8})).contains("message/delivery-status"));
}

TEST_CASE("delivery status: a report needs its required fields, and takes a text") {
  const auto code = [](const DeliveryStatus& status) { return mime::arrange(status, kOriginal).error().code; };
  DeliveryStatus status = full();
  status.reporting_mta.reset();
  CHECK(code(status) == Code::misuse);
  status = full();
  status.recipients[1].action.reset();
  CHECK(code(status) == Code::misuse);
  status = full();
  status.recipients.clear();
  CHECK(code(status) == Code::misuse);
  CHECK(built(*mime::arrange(full(), kOriginal, {.text = "Tut uns leid.\n"})).contains("\r\n\r\nTut uns leid.\r\n"));
}

TEST_CASE("delivery status: subjects") {
  const auto subject = [](std::vector<Action> actions) {
    DeliveryStatus status;
    for (const Action action : actions) status.recipients.push_back({.action = action});
    return mime::report_subject(status);
  };
  CHECK(subject({Action::delivered, Action::failed}) == "Your message could not be delivered");
  CHECK(subject({Action::delivered, Action::delayed}) == "Your message is delayed");
  CHECK(subject({Action::relayed, Action::delivered}) == "Your message was delivered");
  CHECK(subject({Action::expanded}) == "Your message was passed on");
}
