// Writes reports into a folder, for report_readers.py: report-messages FOLDER.
#include <fstream>
#include <string>

#include "posthorn/grammar/mime/delivery_status.h"
#include "posthorn/grammar/mime/disposition_notification.h"
#include "posthorn/grammar/mime/feedback_report.h"
#include "posthorn/service/queue/report.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace std::string_view_literals;
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

queue::ReportRequest lost(queue::Action action, std::string status) {
  queue::ReportRequest out{.report_id = "0123abcd.0.1",
                           .host_name = "mx.example.org",
                           .from_address = "MAILER-DAEMON@mx.example.org",
                           .to = "jane@example.org",
                           .envelope_id = "QQ314159",
                           .arrived = testing::FakeClock::kStart,
                           .now = testing::FakeClock::kStart + std::chrono::hours(1)};
  out.original = kOriginal;
  out.recipients.push_back({.address = "ann@example.com",
                            .original_type = "rfc822",
                            .original_address = "Ann@lists.example.com",
                            .action = action,
                            .status = std::move(status),
                            .diagnostic = "550-5.1.1 no\r\n550 5.1.1 such user",
                            .remote_host = "mx.example.com",
                            .last_attempt = out.now,
                            .retry_until = out.now});
  return out;
}

bool write(const std::string& path, const queue::ReportRequest& request) {
  const auto octets = queue::compose_report(request);
  if (!octets) return false;
  std::ofstream file(path, std::ios::binary);
  file << *octets;
  return file.good();
}

/// What the queue sends: each action, each way of returning the message, and replies that try to be more than a reply.
bool write_queue(const std::string& folder) {
  using queue::Action;
  queue::ReportRequest full = lost(Action::failed, "5.1.1");
  full.want_full = true;
  queue::ReportRequest global = lost(Action::failed, "5.6.7");
  global.utf8 = true;
  global.recipients[0].original_type = "utf-8";
  global.recipients[0].original_address = "j\xC3\xB6rg@example.com";
  global.recipients[0].diagnostic = "550 5.6.7 caf\xC3\xA9";
  global.original = "From: jane@example.org\r\nSubject: caf\xC3\xA9\r\n\r\nThe body\r\n";
  queue::ReportRequest whole = global;
  whole.want_full = true;
  queue::ReportRequest hostile = lost(Action::failed, "none");
  hostile.envelope_id = "a\r\nX-Evil: yes";
  hostile.recipients[0].diagnostic = own("550 a\r\n\r\nAction: delivered\0\x1B[31m \xFF"sv);
  hostile.recipients[0].remote_host = "mx\r\n\r\n--=_";
  hostile.original = "Subject: \xE9\r\n\r\nThe body\r\n";
  return write(folder + "queue-failed.eml", lost(Action::failed, "5.1.1")) && write(folder + "queue-full.eml", full) &&
         write(folder + "queue-delayed.eml", lost(Action::delayed, "4.4.1")) &&
         write(folder + "queue-delivered.eml", lost(Action::delivered, "2.1.5")) &&
         write(folder + "queue-relayed.eml", lost(Action::relayed, "2.0.0")) &&
         write(folder + "queue-global.eml", global) && write(folder + "queue-whole.eml", whole) &&
         write(folder + "queue-hostile.eml", hostile);
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
      write(folder + "feedback.eml", mime::arrange(feedback, kOriginal, {.returned = mime::Return::message})) &&
      write_queue(folder);
  return ok ? 0 : 1;
}
