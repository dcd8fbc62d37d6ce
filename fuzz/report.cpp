// Reports: any body is read; what is read is written and read again to the same; no value leaves its field.
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mail/typed_text.h"
#include "posthorn/grammar/mime/delivery_status.h"
#include "posthorn/grammar/mime/disposition_notification.h"
#include "posthorn/grammar/mime/feedback_report.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

/// Lines with CRLF that are fields, go on with one, or are empty where groups may be.
void check_fields(View text, bool groups) {
  frame::TextScanner scanner;
  fuzzing::check(scanner.scan(text) && scanner.finish(), "no bare CR, LF or NUL");
  for (View rest = text; !rest.empty();) {
    const std::size_t end = rest.find("\r\n");
    fuzzing::check(end != View::npos && end <= mime::kLongestLine, "a line that goes everywhere");
    const View line = rest.substr(0, end);
    const bool continued = line.starts_with(' ') && line.find_first_not_of(' ') != View::npos;
    fuzzing::check(continued || line.contains(':') || (groups && line.empty()), "a line of a field");
    rest.remove_prefix(end + 2);
  }
}

template <class T>
void check_report(const T& value, View original, View subtype) {
  const auto entity = mime::arrange(value, original, {.returned = mime::Return::header});
  if (!entity) return;
  testing::SeededRandom random(1);
  const auto octets = mime::build(*entity, random);
  fuzzing::check(octets.has_value(), "a report can be built");
  const auto message = mime::Message::index(*octets);
  const auto report = mime::report_of(message, mime::PartId(0));
  fuzzing::check(report && report->fields && message.part(*report->fields).subtype == subtype, "and found in it");
}

template <class T>
void check_value(const T& value, auto parse, auto format, bool groups) {
  const std::string utf8 = format(value, mime::HeaderForm::utf8);
  check_fields(utf8, groups);
  fuzzing::check(parse(utf8) == value, "what is written is read again");
  const std::string ascii = format(value, mime::HeaderForm::ascii);
  check_fields(ascii, groups);
  const T escaped = parse(ascii);
  fuzzing::check(parse(format(escaped, mime::HeaderForm::ascii)) == escaped, "what is escaped is stable");
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  const auto status = mime::parse_delivery_status(input);
  check_report(status, input, "delivery-status");
  if (mime::arrange(status, input)) {
    check_value(status, mime::parse_delivery_status, mime::format_delivery_status, true);
  } else {
    check_fields(mime::format_delivery_status(status), true);
  }

  const auto notification = mime::parse_disposition_notification(input);
  check_value(notification, mime::parse_disposition_notification, mime::format_disposition_notification, false);
  check_report(notification, input, "disposition-notification");

  auto feedback = mime::parse_feedback_report(input);
  if (feedback.version.empty()) feedback.version = "1";
  const std::string text = mime::format_feedback_report(feedback);
  check_fields(text, false);
  feedback = mime::parse_feedback_report(text);
  fuzzing::check(mime::parse_feedback_report(mime::format_feedback_report(feedback)) == feedback, "ARF is stable");
  check_report(feedback, input, "feedback-report");

  if (const auto address = mail::parse_orcpt(input)) {
    for (const bool utf8 : {false, true}) {
      const auto again = mail::format_orcpt(*address, utf8);
      if (again) fuzzing::check(mail::parse_orcpt(*again) == *address, "an ORCPT is stable");
    }
  }
  if (const auto octets = mail::xtext_decode(input)) {
    fuzzing::check(mail::xtext_decode(mail::xtext_encode(*octets)) == *octets, "xtext is stable");
  }
}
