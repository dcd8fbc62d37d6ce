#include "posthorn/service/queue/report.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/bytes/random.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/thread.h"

#include "grammar/made_of.h"
#include "grammar/mime/delivery_notice.h"
#include "grammar/mime/report_fields.h"

namespace posthorn::queue {

namespace {
using mail::TypedText;
using mime::HeaderForm;

/// Octets of what the text for people quotes of the message's own header.
constexpr std::size_t kQuoted = 200;
constexpr std::size_t kLongestId = 250;
constexpr CharSet kIdOctet = chars::kAlpha + chars::kDigit + CharSet("-.");

/// Boundaries: they must differ from what is in the message, not be secret, and build() refuses one that is in it.
class Boundaries final : public Random {
 public:
  explicit Boundaries(View seed) : seed_(seed) {}
  void fill(std::span<std::byte> out) override {
    while (!out.empty()) {
      seed_ = crypto::sha256(seed_);
      const std::size_t count = std::min(out.size(), seed_.size());
      std::ranges::copy(std::as_bytes(std::span(seed_)).first(count), out.begin());
      out = out.subspan(count);
    }
  }

 private:
  std::string seed_;
};

/// The beginning of a text, without half a character at its end.
View beginning(View text, std::size_t octets) {
  if (text.size() <= octets) return text;
  while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xC0U) == 0x80U) --octets;
  return text.substr(0, octets);
}

/// The beginning of a header up to the end of a field.
View whole_fields(View header, std::size_t octets) {
  if (header.size() <= octets) return header;
  for (std::size_t end = octets; end > 0; --end) {
    if (header[end - 1] == '\n' && !chars::kSpace[header[end]]) return header.substr(0, end);
  }
  return {};
}

/// The header of the original as far as it goes back.
View returned_header(const ReportRequest& request) {
  View header = mime::header_of(request.original);
  // What breaks off in its header may break off within a field.
  const bool cut = !request.original_complete && header.size() == request.original.size();
  if (cut) header = whole_fields(header, header.empty() ? 0 : header.size() - 1);
  return whole_fields(header, request.limits.header);
}

HeaderForm form_of(const ReportRequest& request) {
  const bool beyond = !codec::is_ascii(request.to) || !codec::is_ascii(request.from_address) ||
                      std::ranges::any_of(request.recipients, [](const ReportedRecipient& r) {
                        return !codec::is_ascii(r.address) || !codec::is_ascii(r.original_address);
                      });
  return request.utf8 || beyond ? HeaderForm::utf8 : HeaderForm::ascii;
}

/// Whether the message itself goes back: a failure, asked for, whole, small, and fit for the way the report goes.
bool returns_message(const ReportRequest& request, HeaderForm form) {
  const bool failed =
      std::ranges::any_of(request.recipients, [](const ReportedRecipient& r) { return r.action == Action::failed; });
  if (!failed || !request.want_full || !request.original_complete || request.original.empty()) return false;
  if (request.original.size() > request.limits.full) return false;
  const View header = mime::header_of(request.original);
  const bool readable = form == HeaderForm::utf8 ? codec::is_utf8(header) : codec::is_ascii(header);
  return readable && mime::consists_of(request.original) != mime::Octets::binary;
}

mime::ReportedStatus status_of(const ReportedRecipient& recipient) {
  View text = recipient.status;
  const auto code = mail::take_status_code(text);
  if (code && text.empty()) return {.code = *code, .comment = {}};
  const bool failed = recipient.action == Action::failed;
  const std::uint16_t kind = failed ? 5 : recipient.action == Action::delayed ? 4 : 2;
  return {.code = {kind, 0, 0}, .comment = {}};
}

TypedText typed_address(View address) {
  const auto type = codec::is_ascii(address) ? "rfc822" : "utf-8";
  return {type, mime::value_text(address)};
}

/// smtp for replies as RFC 5321 has them (RFC 3464 section 9.2); our own words are of no registered type.
TypedText typed_diagnostic(View said) {
  const bool reply =
      said.size() >= 3 && std::ranges::all_of(said.substr(0, 3), [](char c) { return chars::kDigit[c]; });
  return {reply ? "smtp" : "x-posthorn", own(said)};
}

mime::RecipientStatus recipient_status(const ReportedRecipient& recipient, const ReportLimits& limits) {
  mime::RecipientStatus out;
  if (!recipient.original_type.empty() && !recipient.original_address.empty()) {
    out.original_recipient =
        TypedText{lower_case(recipient.original_type), mime::value_text(recipient.original_address)};
  }
  out.final_recipient = typed_address(recipient.address);
  out.action = recipient.action;
  out.status = status_of(recipient);
  const std::string host = mime::value_text(beginning(recipient.remote_host, mail::kMaxDomain));
  if (!host.empty()) out.remote_mta = TypedText{"dns", host};
  const std::string said = mime::value_text(beginning(recipient.diagnostic, limits.diagnostic));
  if (!said.empty()) out.diagnostic_code = typed_diagnostic(said);
  if (recipient.last_attempt) out.last_attempt_date = mime::DateTime{*recipient.last_attempt};
  if (recipient.retry_until && recipient.action == Action::delayed) {
    out.will_retry_until = mime::DateTime{*recipient.retry_until};
  }
  return out;
}

Result<mime::DeliveryStatus> status_of(const ReportRequest& request) {
  if (request.recipients.size() > request.limits.recipients) {
    return fail(caller_error(Code::too_many, "recipients of a report"));
  }
  mime::DeliveryStatus out;
  out.original_envelope_id = mime::value_text(request.envelope_id);
  out.reporting_mta = TypedText{"dns", request.host_name};
  out.arrival_date = mime::DateTime{request.arrived};
  for (const ReportedRecipient& recipient : request.recipients) {
    out.recipients.push_back(recipient_status(recipient, request.limits));
    if (out.recipients.back().final_recipient->text.empty()) {
      return fail(caller_error(Code::misuse, "a reported recipient without address"));
    }
  }
  return out;
}

/// What a text for people says of a field of the message.
void quote(std::string& out, View label, const std::string& text) {
  const std::string words = mime::value_text(beginning(text, kQuoted));
  if (!words.empty()) out += "    " + own(label) + words + (text.size() > kQuoted ? "...\n" : "\n");
}

/// What happened, in words, and which message it happened to.
std::string text_of(const mime::DeliveryStatus& status, View header, mime::Return returned) {
  std::string out = mime::delivery_notice(status);
  const bool good = std::ranges::none_of(status.recipients, [](const mime::RecipientStatus& r) {
    return r.action == Action::failed || r.action == Action::delayed;
  });
  if (good) out += "You need not do anything: this is the report that was asked for with the message.\n";
  std::string about;
  quote(about, "Subject: ", mime::decode_words(mime::unfold(mime::find_field(header, "Subject").value_or(View()))));
  const auto sent = mail::parse_date(mime::find_field(header, "Date").value_or(View()));
  if (sent && mail::can_format_date(*sent)) quote(about, "Sent: ", mail::format_date(*sent));
  quote(about, "Message-ID: ", mime::unfold(mime::find_field(header, "Message-ID").value_or(View())));
  if (!about.empty()) out += "\nThe message is this one:\n\n" + about;
  if (header.empty() && returned == mime::Return::header) return out;
  out += returned == mime::Return::message ? "\nAll of it is attached.\n" : "\nIts header is attached.\n";
  return out;
}

/// The id of the message, where a header can hold it.
std::vector<std::string> original_id(View header, HeaderForm form) {
  std::vector<std::string> ids = mime::message_ids(mime::find_field(header, "Message-ID").value_or(View()));
  if (ids.size() > 1) ids.resize(1);
  const bool good = !ids.empty() && ids.front().size() <= kLongestId &&
                    mime::HeaderWriter(form).message_ids("References", ids).finish().has_value();
  return good ? ids : std::vector<std::string>();
}

Result<std::string> header_fields(const ReportRequest& request, const mime::DeliveryStatus& status, View original,
                                  HeaderForm form) {
  const auto from = mail::parse_mailbox(request.from_address, true);
  const auto to = mail::parse_mailbox(request.to, true);
  if (!from || from->domain.empty()) return fail(caller_error(Code::misuse, "the From of a report"));
  if (!to || to->domain.empty()) return fail(caller_error(Code::misuse, "a report to nobody"));
  const bool has_id = !request.report_id.empty() && request.report_id.size() <= kLongestId &&
                      is_made_of(request.report_id, kIdOctet) && !request.report_id.starts_with('.') &&
                      !request.report_id.ends_with('.') && !request.report_id.contains("..");
  if (!has_id) return fail(caller_error(Code::misuse, "the id of a report"));
  const auto host = mail::ascii_domain(request.host_name);
  if (!host) return fail(caller_error(Code::misuse, "the host name of a report"));
  const std::array sender{mail::Address{
      .name = "Mail Delivery System", .route = {}, .local_part = from->local_part, .domain = from->domain}};
  const std::array receiver{mail::Address{.name = {}, .route = {}, .local_part = to->local_part, .domain = to->domain}};
  const std::vector<std::string> about = original_id(original, form);
  mime::HeaderWriter writer(form);
  writer.addresses("From", sender).addresses("To", receiver).text("Subject", mime::report_subject(status));
  writer.date("Date", request.now).message_ids("Message-ID", std::array{request.report_id + "@" + *host});
  writer.message_ids("In-Reply-To", about).message_ids("References", about);
  return writer.finish();
}

Result<std::string> build(const mime::DeliveryStatus& status, const ReportRequest& request, View fields,
                          const mime::ReportOptions& options, View original) {
  auto report = mime::arrange(status, original, options);
  if (!report) return fail(report.error());
  report->header.insert(0, fields);
  Boundaries boundaries(request.report_id + "@" + request.host_name);
  return mime::build(*report, boundaries, {.form = options.form});
}
}  // namespace

Result<std::string> compose_report(const ReportRequest& request) {
  auto status = status_of(request);
  if (!status) return fail(status.error());
  const HeaderForm form = form_of(request);
  const View header = returned_header(request);
  const auto fields = header_fields(request, *status, header, form);
  if (!fields) return fail(fields.error());
  if (returns_message(request, form)) {
    const mime::ReportOptions options{
        .text = text_of(*status, header, mime::Return::message), .returned = mime::Return::message, .form = form};
    auto whole = build(*status, request, *fields, options, request.original);
    // A message that has the boundary in it cannot stand inside.
    if (whole || whole.error().code != Code::conflict) return whole;
  }
  const mime::ReportOptions options{
      .text = text_of(*status, header, mime::Return::header), .returned = mime::Return::header, .form = form};
  return build(*status, request, *fields, options, header);
}

}  // namespace posthorn::queue
