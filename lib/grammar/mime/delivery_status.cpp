#include "posthorn/grammar/mime/delivery_status.h"

#include <algorithm>
#include <array>
#include <utility>

#include "grammar/mime/delivery_notice.h"
#include "grammar/mime/report_fields.h"

namespace posthorn::mime {

namespace {
constexpr std::array<View, 5> kActions{"failed", "delayed", "delivered", "relayed", "expanded"};

struct ActionKind {
  static std::optional<Action> read(View text) {
    Cursor c(text.substr(skip_cfws(text, 0)));
    const View word = c.try_run(chars::kAlpha);
    const auto found = std::ranges::find_if(kActions, [&](View action) { return same_word(action, word); });
    if (found == kActions.end() || skip_cfws(c.rest(), 0) != c.rest().size()) return std::nullopt;
    return static_cast<Action>(found - kActions.begin());
  }
  static std::string write(const Action& value, HeaderForm) { return own(kActions[static_cast<std::size_t>(value)]); }
};

struct StatusKind {
  static std::optional<ReportedStatus> read(View text) {
    text.remove_prefix(skip_cfws(text, 0));
    const auto code = mail::take_status_code(text);
    if (!code) return std::nullopt;
    text = trimmed(text);
    ReportedStatus out{.code = *code, .comment = own(text)};
    if (text.starts_with('(') && text.ends_with(')') && comment_end(text, 0) == text.size()) {
      out.comment.clear();
      text = trimmed(text.substr(1, text.size() - 2));
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out.comment += text[i];
      }
    }
    out.comment = value_text(out.comment);
    return out;
  }
  static std::string write(const ReportedStatus& value, HeaderForm) {
    std::string out = value.code.text();
    if (value.comment.empty()) return out;
    out += " (";
    for (const char c : value.comment) {
      if (c == '(' || c == ')' || c == '\\') out += '\\';
      out += c;
    }
    return out + ")";
  }
};

constexpr std::array<FieldRow<DeliveryStatus>, 5> kMessage{
    field_row<TextKind, &DeliveryStatus::original_envelope_id>("Original-Envelope-Id"),
    field_row<MtaKind, &DeliveryStatus::reporting_mta>("Reporting-MTA"),
    field_row<MtaKind, &DeliveryStatus::dsn_gateway>("DSN-Gateway"),
    field_row<MtaKind, &DeliveryStatus::received_from_mta>("Received-From-MTA"),
    field_row<DateKind, &DeliveryStatus::arrival_date>("Arrival-Date"),
};
constexpr std::array<FieldRow<RecipientStatus>, 10> kRecipient{
    field_row<AddressKind, &RecipientStatus::original_recipient>("Original-Recipient"),
    field_row<AddressKind, &RecipientStatus::final_recipient>("Final-Recipient"),
    field_row<ActionKind, &RecipientStatus::action>("Action"),
    field_row<StatusKind, &RecipientStatus::status>("Status"),
    field_row<MtaKind, &RecipientStatus::remote_mta>("Remote-MTA"),
    field_row<DiagnosticKind, &RecipientStatus::diagnostic_code>("Diagnostic-Code"),
    field_row<LocalizedKind, &RecipientStatus::localized_diagnostic>("Localized-Diagnostic"),
    field_row<DateKind, &RecipientStatus::last_attempt_date>("Last-Attempt-Date"),
    field_row<TextKind, &RecipientStatus::final_log_id>("Final-Log-ID"),
    field_row<DateKind, &RecipientStatus::will_retry_until>("Will-Retry-Until"),
};

/// A second recipient where no empty line says so.
bool names_another(const RecipientStatus& recipient, const FieldRow<RecipientStatus>& row, View text) {
  if (text.empty()) return false;
  return (&row == &kRecipient[0] && recipient.original_recipient) ||
         (&row == &kRecipient[1] && recipient.final_recipient);
}

View missing_field(const DeliveryStatus& status) {
  if (!status.reporting_mta) return "Reporting-MTA";
  if (status.recipients.empty()) return "a recipient";
  for (const RecipientStatus& recipient : status.recipients) {
    if (!recipient.final_recipient) return "Final-Recipient";
    if (!recipient.action) return "Action";
    if (!recipient.status) return "Status";
  }
  return {};
}

constexpr ReportKind kKind{"delivery-status", "message/delivery-status", "message/global-delivery-status"};
}  // namespace

DeliveryStatus parse_delivery_status(View body) {
  DeliveryStatus out;
  ReportReader reader(body);
  bool begins = false;  // a group, unless it turns out to be more of the first one
  bool seen = false;
  for (ReportReader::Item field; reader.next(field);) {
    begins = begins || (field.first && seen);
    seen = true;
    const auto* of_message = find_row<DeliveryStatus>(kMessage, field.name);
    const auto* of_recipient = find_row<RecipientStatus>(kRecipient, field.name);
    if (out.recipients.empty() && of_recipient == nullptr && (of_message != nullptr || !begins)) {
      begins = false;
      if (!read_field<DeliveryStatus>(kMessage, field.name, field.text, out))
        out.more.push_back({own(field.name), value_text(field.text)});
      continue;
    }
    const bool another = of_recipient != nullptr && !out.recipients.empty() &&
                         names_another(out.recipients.back(), *of_recipient, field.text);
    if (begins || another || out.recipients.empty()) {
      if (out.recipients.size() == kMaxReportedRecipients) break;
      out.recipients.emplace_back();
    }
    begins = false;
    RecipientStatus& recipient = out.recipients.back();
    if (!read_field<RecipientStatus>(kRecipient, field.name, field.text, recipient)) {
      recipient.more.push_back({own(field.name), value_text(field.text)});
    }
  }
  return out;
}

std::string format_delivery_status(const DeliveryStatus& status, HeaderForm form) {
  std::string out;
  write_fields<DeliveryStatus>(kMessage, status, form, out);
  write_fields(status.more, form, out);
  for (const RecipientStatus& recipient : status.recipients) {
    out += "\r\n";
    write_fields<RecipientStatus>(kRecipient, recipient, form, out);
    write_fields(recipient.more, form, out);
  }
  return out;
}

Result<Entity> arrange(const DeliveryStatus& status, View original, const ReportOptions& options) {
  const View missing = missing_field(status);
  if (!missing.empty()) return fail(caller_error(Code::misuse, "a report without " + own(missing)));
  Entity out = assemble_report(kKind, format_delivery_status(status, options.form),
                               options.text.empty() ? delivery_notice(status) : options.text, original, options);
  out.header = "Auto-Submitted: auto-replied\r\n";
  return out;
}

View report_subject(const DeliveryStatus& status) {
  const auto any = [&](Action action) {
    return std::ranges::any_of(status.recipients, [&](const RecipientStatus& r) { return r.action == action; });
  };
  if (any(Action::failed)) return "Your message could not be delivered";
  if (any(Action::delayed)) return "Your message is delayed";
  return any(Action::delivered) ? "Your message was delivered" : "Your message was passed on";
}

}  // namespace posthorn::mime
