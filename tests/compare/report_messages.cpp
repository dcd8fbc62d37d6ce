// Writes reports into a folder, for report_readers.py: report-messages FOLDER.
#include <fstream>
#include <string>

#include "posthorn/grammar/mime/delivery_status.h"
#include "posthorn/grammar/mime/disposition_notification.h"
#include "posthorn/grammar/mime/feedback_report.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using mail::TypedText;

namespace {
constexpr View kOriginal =
    "From: Jane <jane@example.org>\r\nTo: ann@example.com\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nThe body\r\n";

bool write(const std::string& path, Result<mime::Entity> report) {
  testing::SeededRandom random(1);
  if (!report) return false;
  report->header =
      "From: MAILER-DAEMON@mx.example.org\r\nTo: jane@example.org\r\nSubject: A report\r\n" + report->header;
  const auto octets = mime::build(*report, random);
  if (!octets) return false;
  std::ofstream file(path, std::ios::binary);
  file << *octets;
  return file.good();
}

mime::DeliveryStatus delivery() {
  const mime::DateTime date{testing::FakeClock::kStart, std::chrono::minutes(-330)};
  return {.original_envelope_id = "QQ314159",
          .reporting_mta = TypedText{"dns", "mx.example.org"},
          .arrival_date = date,
          .recipients = {{.original_recipient = TypedText{"utf-8", "j\xC3\xB6rg+x@example.com"},
                          .final_recipient = TypedText{"rfc822", "ann@example.com"},
                          .action = mime::Action::failed,
                          .status = mime::ReportedStatus{{5, 1, 1}, "bad (really) address"},
                          .remote_mta = TypedText{"dns", "mx.example.com"},
                          .diagnostic_code = TypedText{"smtp",
                                                       "550 5.1.1 <ann@example.com>\r\n\r\nAction: delivered "
                                                       "caf\xC3\xA9 and more words to fill a second line"},
                          .more = {{"X-Display-Name", "Ann"}}},
                         {.final_recipient = TypedText{"rfc822", "bob@example.net"},
                          .action = mime::Action::delayed,
                          .status = mime::ReportedStatus{{4, 4, 1}, ""},
                          .will_retry_until = date}}};
}
}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::string folder = std::string(arguments[1]) + "/";
  const mime::DispositionNotification notification{
      .reporting_ua = mime::ReportingUa{"joes-pc.cs.example.com", "Foomail 97.1"},
      .final_recipient = TypedText{"rfc822", "Joe_Recipient@example.com"},
      .original_message_id = "199509192301.23456@example.org",
      .disposition = mime::ReportedDisposition{.modifiers = {"error"}},
      .error = {"a printer, out of paper"}};
  const mime::FeedbackReport feedback{.feedback_type = "abuse",
                                      .user_agent = "Posthorn/1",
                                      .original_mail_from = "",
                                      .original_rcpt_to = {"ann@example.com", "bob@example.com"},
                                      .source_ip = "2001:db8::1",
                                      .source_port = std::uint16_t{4711}};
  const bool ok =
      write(folder + "delivery.eml", mime::arrange(delivery(), kOriginal)) &&
      write(folder + "global.eml", mime::arrange(delivery(), kOriginal, {.form = mime::HeaderForm::utf8})) &&
      write(folder + "disposition.eml", mime::arrange(notification, kOriginal)) &&
      write(folder + "feedback.eml", mime::arrange(feedback, kOriginal, {.returned = mime::Return::message}));
  return ok ? 0 : 1;
}
