#include "posthorn/service/reports/received.h"

#include <algorithm>
#include <string>
#include <utility>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/tls_json.h"
#include "posthorn/service/reports/unpack.h"

namespace posthorn::reports {

namespace {

/// The first octet behind a byte order mark and white space; '\0': there is none.
char first_of(View text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t at = text.find_first_not_of(" \t\r\n");
  return at == View::npos ? '\0' : text[at];
}

bool is_attachment(View octets) {
  const char first = first_of(octets);
  return octets.starts_with("\x1F\x8B") || octets.starts_with("PK\x03\x04") || first == '<' || first == '{';
}

Result<Received> read_attachment(View octets) {
  const auto text = unpack(octets);
  if (!text) return fail(text.error());
  if (first_of(*text) == '{') {
    auto report = parse_tls_report(*text);
    return report ? Result<Received>(std::move(*report)) : fail(std::move(report.error()));
  }
  auto report = parse_aggregate(*text);
  return report ? Result<Received>(std::move(*report)) : fail(std::move(report.error()));
}

}  // namespace

Result<Received> read_report(View octets) {
  if (is_attachment(octets)) return read_attachment(octets);
  const mime::Message message = mime::Message::index(octets);
  Error why = peer_error(Code::not_found, "there is no report in it");
  for (const mime::Part& part : message.parts()) {
    if (part.type == "message" && part.subtype == "feedback-report")
      return mime::parse_feedback_report(mime::decode_body(message, part.id));
    if (part.is_multipart() || part.is_message()) continue;
    const std::string body = mime::decode_body(message, part.id);
    if (!is_attachment(body)) continue;
    auto report = read_attachment(body);
    if (report) return report;
    why = std::move(report.error());
  }
  return fail(std::move(why));
}

}  // namespace posthorn::reports
