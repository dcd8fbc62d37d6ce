#include "posthorn/grammar/mime/disposition_notification.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using mail::TypedText;
using mime::DispositionNotification;
using mime::ReportedDisposition;

namespace {
// RFC 8098 section 9.
constexpr View kExample =
    "Reporting-UA: joes-pc.cs.example.com; Foomail 97.1\r\nOriginal-Recipient: rfc822;Joe_Recipient@example.com\r\n"
    "Final-Recipient: rfc822;Joe_Recipient@example.com\r\nOriginal-Message-ID: <199509192301.23456@example.org>\r\n"
    "Disposition: manual-action/MDN-sent-manually; displayed\r\n";

DispositionNotification example() {
  return {.reporting_ua = mime::ReportingUa{"joes-pc.cs.example.com", "Foomail 97.1"},
          .original_recipient = TypedText{"rfc822", "Joe_Recipient@example.com"},
          .final_recipient = TypedText{"rfc822", "Joe_Recipient@example.com"},
          .original_message_id = "199509192301.23456@example.org",
          .disposition = ReportedDisposition{}};
}

std::optional<ReportedDisposition> disposition(View text) {
  return mime::parse_disposition_notification("Disposition: " + std::string(text) + "\r\n").disposition;
}

std::string built(const mime::Entity& entity) {
  testing::SeededRandom random(1);
  auto out = mime::build(entity, random);
  if (!out) FAIL(out.error().note);
  return *out;
}
}  // namespace

TEST_CASE("disposition notification: the example of RFC 8098 section 9") {
  CHECK(mime::parse_disposition_notification(kExample) == example());
  CHECK(mime::parse_disposition_notification(mime::format_disposition_notification(example())) == example());
}

TEST_CASE("disposition notification: the field Disposition (RFC 8098 section 3.2.6)") {
  using mime::ActionMode;
  using mime::DispositionType;
  using mime::SendingMode;
  CHECK(disposition("AUTOMATIC-ACTION / mdn-sent-AUTOMATICALLY ;processed/Error , x-other") ==
        ReportedDisposition{ActionMode::automatic_action,
                            SendingMode::mdn_sent_automatically,
                            DispositionType::processed,
                            {"error", "x-other"}});
  CHECK(disposition("(a) manual-action (b) / (c) MDN-sent-automatically (d) ; (e) deleted (f)") ==
        ReportedDisposition{
            ActionMode::manual_action, SendingMode::mdn_sent_automatically, DispositionType::deleted, {}});
  CHECK(disposition("manual-action/MDN-sent-manually;denied")->type == DispositionType::denied);
  CHECK(disposition("manual-action/MDN-sent-manually; dispatched/")->modifiers.empty());
  for (const char* bad : {"displayed", "manual-action; displayed", "manual-action/MDN-sent-manually displayed",
                          "manual-action/MDN-sent-manually; displayedx", "manual-action/MDN-sent-manually;"}) {
    CHECK_MESSAGE(!disposition(bad), bad);
  }
  const auto kept = mime::parse_disposition_notification("Disposition: displayed\n");
  CHECK(kept.more == std::vector<mime::ReportField>{{"Disposition", "displayed"}});
}

TEST_CASE("disposition notification: all fields") {
  DispositionNotification all = example();
  all.mdn_gateway = TypedText{"dns", "gate.example.org"};
  all.disposition->modifiers = {"error", "x-a"};
  all.error = {"first", "second, which is long enough to be folded somewhere before the end of the line comes"};
  all.failure = {"old"};
  all.warning = {"older"};
  all.more = {{"X-Foomail-information", "a  b"}};
  CHECK(mime::parse_disposition_notification(mime::format_disposition_notification(all)) == all);
  all.error = {"caf\xC3\xA9"};
  CHECK(mime::parse_disposition_notification(mime::format_disposition_notification(all, mime::HeaderForm::utf8)) ==
        all);
  CHECK(mime::parse_disposition_notification("Reporting-UA: Foomail 97.1\n").reporting_ua ==
        mime::ReportingUa{"Foomail 97.1", ""});
}

TEST_CASE("disposition notification: a report") {
  constexpr View kOriginal =
      "Date: Tue, 19 Sep 1995 13:30:00 -0400\r\nSubject: =?utf-8?q?First_draft_of_r=C3=A9port?=\r\n\r\nText\r\n";
  auto entity = mime::arrange(example(), kOriginal);
  REQUIRE(entity);
  CHECK(entity->header.empty());
  const std::string octets = built(*entity);
  CHECK(octets.contains("Content-Type: multipart/report; report-type=disposition-notification;"));
  const auto message = mime::Message::index(octets);
  CHECK(message.defects().empty());
  const auto report = mime::report_of(message, mime::PartId(0));
  REQUIRE((report && report->fields && report->returned));
  CHECK(mime::parse_disposition_notification(mime::decode_body(message, *report->fields)) == example());
  CHECK(mime::decode_text(message, report->text) ==
        "The message sent on Tue, 19 Sep 1995 13:30:00 -0400\r\nto Joe_Recipient@example.com\r\n"
        "with the subject \"First draft of r\xC3\xA9port\"\r\nhas been displayed.\r\n"
        "This does not mean that it was read or understood.\r\n");

  DispositionNotification automatic = example();
  automatic.disposition->sending_mode = mime::SendingMode::mdn_sent_automatically;
  automatic.final_recipient = TypedText{"utf-8", "j\xC3\xB6@example.com"};
  CHECK(mime::arrange(automatic, {})->header == "Auto-Submitted: auto-replied\r\n");
  CHECK(built(*mime::arrange(automatic, {}, {.form = mime::HeaderForm::utf8}))
            .contains("Content-Type: message/global-disposition-notification\r\nContent-Transfer-Encoding: 8bit\r\n"));
  automatic.disposition.reset();
  CHECK(mime::arrange(automatic, {}).error().code == Code::misuse);
}

TEST_CASE("disposition notification: what a caller has in its values does not get into the text as it is") {
  DispositionNotification odd = example();
  odd.final_recipient->text = "\xFF\r\n\r\nx";
  odd.error = {"a\nb\xFF"};
  const std::string octets = built(*mime::arrange(odd, {}));
  const auto message = mime::Message::index(octets);
  CHECK(mime::decode_text(message, mime::PartId(1)) ==
        "The message\r\nto \xEF\xBF\xBD x\r\nhas been displayed.\r\n"
        "This does not mean that it was read or understood.\r\n\r\na b\xEF\xBF\xBD\r\n");
}
