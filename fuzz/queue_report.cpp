// Delivery reports: whatever remotes, senders and messages say, a report is a message that says what it should.
#include <algorithm>
#include <string>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/multipart.h"
#include "posthorn/service/queue/report.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

/// The input is lines, one for each text, and the message behind an empty line; the first octet chooses.
struct Input {
  View rest;
  std::string line() {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string out = own(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
  }
};

void check_parts(const mime::Message& message, const queue::ReportRequest& request) {
  const auto report = mime::report_of(message, mime::PartId(0));
  fuzzing::check(report && report->fields, "a report is found in it");
  const auto status = mime::parse_delivery_status(mime::decode_body(message, *report->fields));
  fuzzing::check(status.recipients.size() == request.recipients.size(), "a group for each recipient");
  fuzzing::check(status.reporting_mta && status.reporting_mta->text == "mx.example.org", "who reports");
  fuzzing::check(status.more.empty(), "no field of others");
  for (std::size_t i = 0; i < status.recipients.size(); ++i) {
    const mime::RecipientStatus& recipient = status.recipients[i];
    fuzzing::check(recipient.action == request.recipients[i].action, "the action stays");
    fuzzing::check(recipient.final_recipient && recipient.status, "required fields");
    fuzzing::check(recipient.more.empty(), "no field of others in a group");
  }
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  Input in{input.substr(1)};
  queue::ReportRequest request;
  request.report_id = "0123abcd.0.1";
  request.host_name = "mx.example.org";
  request.from_address = "MAILER-DAEMON@mx.example.org";
  request.utf8 = (choice & 1U) != 0;
  request.want_full = (choice & 2U) != 0;
  request.original_complete = (choice & 4U) != 0;
  request.to = (choice & 8U) != 0 ? in.line() : "jane@example.org";
  request.envelope_id = in.line();
  const auto action = static_cast<queue::Action>((choice >> 4U) % 5);
  for (int i = 0; i < 2; ++i) {
    queue::ReportedRecipient& recipient = request.recipients.emplace_back();
    recipient.action = action;
    recipient.address = in.line();
    recipient.original_type = in.line();
    recipient.original_address = in.line();
    recipient.status = in.line();
    recipient.diagnostic = in.line();
    recipient.remote_host = in.line();
  }
  request.limits.header = 200;
  request.original = in.rest;
  const auto report = queue::compose_report(request);
  if (!report) {
    fuzzing::check(report.error().code == Code::misuse, "only what is no request is refused");
    return;
  }
  frame::TextScanner scanner;
  fuzzing::check(scanner.scan(*report) && scanner.finish(), "no bare CR, LF or NUL");
  fuzzing::check(mime::consists_of(*report) != mime::Octets::binary, "lines that go everywhere");
  const bool plain = !request.utf8 && !request.want_full && codec::is_ascii(request.to) &&
                     codec::is_ascii(request.recipients[0].address + request.recipients[1].address) &&
                     codec::is_ascii(request.recipients[0].original_address + request.recipients[1].original_address);
  fuzzing::check(!plain || codec::is_ascii(*report), "ASCII where nothing else is wanted");
  check_parts(mime::Message::index(*report), request);
}
