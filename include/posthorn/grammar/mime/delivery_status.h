// Delivery status notifications: message/delivery-status as values, read and written (RFC 3464, RFC 6533).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/status_code.h"
#include "posthorn/grammar/mail/typed_text.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/report.h"

namespace posthorn::mime {

/// What was done for a recipient (RFC 3464 section 2.3.3).
enum class Action : std::uint8_t {
  failed,
  delayed,
  delivered,
  relayed,   ///< to a system that does not tell what becomes of it
  expanded,  ///< to several recipients, for whom nothing is reported
};

/// The Status field: a code, and what stands behind it.
struct ReportedStatus {
  mail::StatusCode code;
  std::string comment;  ///< without its parentheses
  bool operator==(const ReportedStatus&) const = default;
};

/// One group of per-recipient fields (RFC 3464 section 2.3).
struct RecipientStatus {
  std::optional<mail::TypedText> original_recipient;  ///< ORCPT as the sender gave it: mail::parse_orcpt()
  std::optional<mail::TypedText> final_recipient;     ///< required
  std::optional<Action> action;                       ///< required
  std::optional<ReportedStatus> status;               ///< required
  std::optional<mail::TypedText> remote_mta;
  std::optional<mail::TypedText> diagnostic_code;     ///< smtp: the reply with its code
  std::vector<mail::TypedText> localized_diagnostic;  ///< the type is a language tag (RFC 6533 section 4.1)
  std::optional<DateTime> last_attempt_date;
  std::string final_log_id;
  std::optional<DateTime> will_retry_until;
  std::vector<ReportField> more;
  bool operator==(const RecipientStatus&) const = default;
};

/// A whole report (RFC 3464 section 2.2).
struct DeliveryStatus {
  std::string original_envelope_id;              ///< ENVID without its xtext
  std::optional<mail::TypedText> reporting_mta;  ///< required
  std::optional<mail::TypedText> dsn_gateway;
  std::optional<mail::TypedText> received_from_mta;
  std::optional<DateTime> arrival_date;
  std::vector<ReportField> more;
  std::vector<RecipientStatus> recipients;  ///< at least one
  bool operator==(const DeliveryStatus&) const = default;
};

/// Recipients of one report; what comes behind them is not read.
inline constexpr std::size_t kMaxReportedRecipients = 10'000;

/// Reads a body, decoded, of message/delivery-status or message/global-delivery-status. Total and lenient: any number
/// of empty lines between groups, or none; types that are missing are guessed (rfc822, dns, smtp, unknown). Texts come
/// as UTF-8 without controls, words of over 300 octets cut; field names of over 77 octets are left out.
[[nodiscard]] DeliveryStatus parse_delivery_status(View body);

/// The body. Every text comes out so that no line end or control of it is left; missing fields are left out.
[[nodiscard]] std::string format_delivery_status(const DeliveryStatus& status, HeaderForm form = HeaderForm::ascii);

/// The report, to which From, To, Subject, Date and Message-ID are to be added: multipart/report with Auto-Submitted
/// (RFC 3834 section 5).
///
/// @param original  the message; empty where it is not at hand
/// @errors the caller's: misuse (a required field is missing, no recipient)
[[nodiscard]] Result<Entity> arrange(const DeliveryStatus& status, View original, const ReportOptions& options = {});

/// A Subject: "Your message could not be delivered", "... is delayed", "... was delivered", as its worst action is.
[[nodiscard]] View report_subject(const DeliveryStatus& status);

}  // namespace posthorn::mime
