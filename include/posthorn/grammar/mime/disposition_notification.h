// Message disposition notifications, "has been read": message/disposition-notification as values (RFC 8098, RFC 6533).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/typed_text.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/report.h"

namespace posthorn::mime {

/// Who did it, and who had it reported (RFC 8098 section 3.2.6.1). The manual modes tell the least of somebody.
enum class ActionMode : std::uint8_t { manual_action, automatic_action };
enum class SendingMode : std::uint8_t { mdn_sent_manually, mdn_sent_automatically };

/// What was done to the message (RFC 8098 section 3.2.6.2).
enum class DispositionType : std::uint8_t {
  displayed,
  dispatched,  ///< sent on, printed
  processed,   ///< by rules, without being shown
  deleted,
  denied,  ///< obsolete (RFC 2298): the recipient wants nothing to be reported
  failed,  ///< obsolete (RFC 2298): see `failure`
};

/// The Disposition field.
struct ReportedDisposition {
  ActionMode action_mode = ActionMode::manual_action;
  SendingMode sending_mode = SendingMode::mdn_sent_manually;
  DispositionType type = DispositionType::displayed;
  std::vector<std::string> modifiers;  ///< lower case: "error"
  bool operator==(const ReportedDisposition&) const = default;
};

/// The Reporting-UA field (RFC 8098 section 3.2.1).
struct ReportingUa {
  std::string name;  ///< without ";"
  std::string product;
  bool operator==(const ReportingUa&) const = default;
};

/// A whole notification: of one message, for one recipient.
struct DispositionNotification {
  std::optional<ReportingUa> reporting_ua;
  std::optional<mail::TypedText> mdn_gateway;
  std::optional<mail::TypedText> original_recipient;  ///< of the field Original-Recipient in the message
  std::optional<mail::TypedText> final_recipient;     ///< required
  std::string original_message_id;                    ///< without brackets
  std::optional<ReportedDisposition> disposition;     ///< required
  std::vector<std::string> error;
  std::vector<std::string> failure;  ///< obsolete (RFC 3798)
  std::vector<std::string> warning;  ///< obsolete (RFC 3798)
  std::vector<ReportField> more;
  bool operator==(const DispositionNotification&) const = default;
};

/// Reads a body, decoded, of message/disposition-notification or message/global-disposition-notification, as
/// parse_delivery_status() does.
[[nodiscard]] DispositionNotification parse_disposition_notification(View body);

/// The body, as format_delivery_status() does.
[[nodiscard]] std::string format_disposition_notification(const DispositionNotification& notification,
                                                          HeaderForm form = HeaderForm::ascii);

/// The report, to which From (the recipient), To (whom Disposition-Notification-To names), Subject, Date and Message-ID
/// are to be added: multipart/report, with Auto-Submitted where nobody sent it by hand (RFC 3834 section 5).
///
/// @param original  the message as it came, encrypted where it was; empty where it is not at hand
/// @errors the caller's: misuse (a required field is missing)
[[nodiscard]] Result<Entity> arrange(const DispositionNotification& notification, View original,
                                     const ReportOptions& options = {});

}  // namespace posthorn::mime
