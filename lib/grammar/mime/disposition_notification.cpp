#include "posthorn/grammar/mime/disposition_notification.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "posthorn/grammar/mime/encoded_word.h"

#include "grammar/mime/report_fields.h"

namespace posthorn::mime {

namespace {
constexpr std::array<View, 2> kActionModes{"manual-action", "automatic-action"};
constexpr std::array<View, 2> kSendingModes{"MDN-sent-manually", "MDN-sent-automatically"};
constexpr std::array<View, 6> kTypes{"displayed", "dispatched", "processed", "deleted", "denied", "failed"};

/// What has become of a message, for people; in the order of kTypes.
constexpr std::array<View, 6> kTold{"has been displayed.",
                                    "has been sent on or printed.",
                                    "has been processed without being displayed.",
                                    "has been deleted.",
                                    "has arrived. The recipient does not want to tell more.",
                                    "could not be dealt with."};

View skip_comments(View text) { return text.substr(skip_cfws(text, 0)); }

/// Takes one of some words off the front of `text`, and what may stand behind it.
template <class E>
bool take_word(View& text, std::span<const View> words, E& out) {
  const std::size_t size = std::min(text.find_first_of(" \t/;,("), text.size());
  const auto found = std::ranges::find_if(words, [&](View word) { return same_word(word, text.substr(0, size)); });
  if (found == words.end()) return false;
  out = static_cast<E>(found - words.begin());
  text = skip_comments(text.substr(size));
  return true;
}

bool take_octet(View& text, char octet) {
  if (!text.starts_with(octet)) return false;
  text = skip_comments(text.substr(1));
  return true;
}

struct DispositionKind {
  static std::optional<ReportedDisposition> read(View text) {
    ReportedDisposition out;
    text = skip_comments(text);
    const bool ok = take_word(text, kActionModes, out.action_mode) && take_octet(text, '/') &&
                    take_word(text, kSendingModes, out.sending_mode) && take_octet(text, ';') &&
                    take_word(text, kTypes, out.type);
    if (!ok) return std::nullopt;
    if (!take_octet(text, '/')) return text.empty() ? std::optional(out) : std::nullopt;
    do {
      const View modifier = text.substr(0, std::min(text.find_first_of(" ,("), text.size()));
      if (!modifier.empty()) out.modifiers.push_back(lower_case(modifier.substr(0, kValueWord)));
      text = skip_comments(text.substr(modifier.size()));
    } while (take_octet(text, ','));
    return text.empty() ? std::optional(out) : std::nullopt;
  }
  static std::string write(const ReportedDisposition& value, HeaderForm) {
    std::string out = own(kActionModes[static_cast<std::size_t>(value.action_mode)]) + "/" +
                      own(kSendingModes[static_cast<std::size_t>(value.sending_mode)]) + "; " +
                      own(kTypes[static_cast<std::size_t>(value.type)]);
    for (std::size_t i = 0; i < value.modifiers.size(); ++i) out += (i == 0 ? "/" : ", ") + value.modifiers[i];
    return out;
  }
};

struct ReportingUaKind {
  static std::optional<ReportingUa> read(View text) {
    const std::size_t end = std::min(text.find(';'), text.size());
    ReportingUa out{.name = value_text(text.substr(0, end)),
                    .product = value_text(text.substr(std::min(end + 1, text.size())))};
    if (out == ReportingUa{}) return std::nullopt;
    return out;
  }
  static std::string write(const ReportingUa& value, HeaderForm) {
    return value.product.empty() ? value.name : value.name + "; " + value.product;
  }
};

using Notification = DispositionNotification;
constexpr std::array<FieldRow<Notification>, 9> kRows{
    field_row<ReportingUaKind, &Notification::reporting_ua>("Reporting-UA"),
    field_row<MtaKind, &Notification::mdn_gateway>("MDN-Gateway"),
    field_row<AddressKind, &Notification::original_recipient>("Original-Recipient"),
    field_row<AddressKind, &Notification::final_recipient>("Final-Recipient"),
    field_row<BracketKind, &Notification::original_message_id>("Original-Message-ID"),
    field_row<DispositionKind, &Notification::disposition>("Disposition"),
    field_row<TextKind, &Notification::error>("Error"),
    field_row<TextKind, &Notification::failure>("Failure"),
    field_row<TextKind, &Notification::warning>("Warning"),
};

/// A field of the message, as people read it.
std::string told_field(View original, View name) {
  const auto raw = find_field(header_of(original), name);
  return raw ? field_text(decode_words(unfold(*raw)), kFieldWord) : std::string();
}

std::string notice(const Notification& notification, View original) {
  const std::string date = told_field(original, "Date");
  const std::string subject = told_field(original, "Subject");
  std::string out = "The message";
  if (!date.empty()) out += " sent on " + date;
  out += "\nto " + value_text(notification.final_recipient->text) + "\n";
  if (!subject.empty()) out += "with the subject \"" + subject + "\"\n";
  const DispositionType type = notification.disposition->type;
  out.append(kTold[static_cast<std::size_t>(type)]).append("\n");
  if (type == DispositionType::displayed) out += "This does not mean that it was read or understood.\n";
  for (const std::string& error : notification.error) out += "\n" + value_text(error) + "\n";
  return out;
}
constexpr ReportKind kKind{"disposition-notification", "message/disposition-notification",
                           "message/global-disposition-notification"};
}  // namespace

DispositionNotification parse_disposition_notification(View body) { return read_fields<Notification>(kRows, body); }

std::string format_disposition_notification(const DispositionNotification& notification, HeaderForm form) {
  std::string out;
  write_fields<Notification>(kRows, notification, form, out);
  write_fields(notification.more, form, out);
  return out;
}

Result<Entity> arrange(const DispositionNotification& notification, View original, const ReportOptions& options) {
  if (!notification.final_recipient || !notification.disposition) {
    return fail(caller_error(Code::misuse, "a notification without Final-Recipient or Disposition"));
  }
  Entity out = assemble_report(kKind, format_disposition_notification(notification, options.form),
                               options.text.empty() ? notice(notification, original) : options.text, original, options);
  if (notification.disposition->sending_mode == SendingMode::mdn_sent_automatically) {
    out.header = "Auto-Submitted: auto-replied\r\n";
  }
  return out;
}

}  // namespace posthorn::mime
