// Feedback reports (ARF), "this is spam": message/feedback-report as values (RFC 5965, 6591, 6692, 9991).
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

/// What a report of type auth-failure says (RFC 6591 section 3).
struct AuthFailure {
  std::string kind;                ///< Auth-Failure, lower case: adsp, bodyhash, revoked, signature, spf, dmarc
  std::string delivery_result;     ///< lower case: delivered, spam, policy, reject, other
  std::string identity_alignment;  ///< lower case: "none", or "dkim, spf" which failed (RFC 9991 section 4)
  std::string dkim_domain;
  std::string dkim_identity;
  std::string dkim_selector;
  std::string dkim_canonicalized_header;  ///< octets, base64 undone
  std::string dkim_canonicalized_body;    ///< octets, base64 undone
  std::string dkim_adsp_dns;              ///< a record, in its quotes
  std::string dkim_selector_dns;          ///< a record, in its quotes
  std::vector<std::string> spf_dns;       ///< "txt : example.org : \"v=spf1 -all\""
  bool operator==(const AuthFailure&) const = default;
};

/// A whole report (RFC 5965 section 3).
struct FeedbackReport {
  std::string feedback_type;  ///< lower case: abuse, fraud, virus, not-spam, auth-failure, other; required
  std::string user_agent;     ///< required
  std::string version;        ///< "1"; where it is empty, that is written
  std::string original_envelope_id;
  std::optional<std::string> original_mail_from;  ///< without brackets; "" is the null path
  std::vector<std::string> original_rcpt_to;      ///< without brackets
  std::optional<DateTime> arrival_date;           ///< Received-Date, its older name, is read too
  std::optional<mail::TypedText> reporting_mta;
  std::string source_ip;
  std::optional<std::uint16_t> source_port;  ///< RFC 6692
  std::optional<std::uint32_t> incidents;
  std::vector<std::string> authentication_results;
  std::vector<std::string> reported_domain;
  std::vector<std::string> reported_uri;
  AuthFailure auth;
  std::vector<ReportField> more;
  bool operator==(const FeedbackReport&) const = default;
};

/// Reads a body, decoded, of message/feedback-report, as parse_delivery_status() does.
[[nodiscard]] FeedbackReport parse_feedback_report(View body);

/// The body, ASCII alone: for others there is no type.
[[nodiscard]] std::string format_feedback_report(const FeedbackReport& report);

/// The report, to which From, To, Subject ("FW: " and that of the message, RFC 5965 section 2), Date and Message-ID are
/// to be added: multipart/report with Auto-Submitted.
///
/// @param original  the message as it came, or as much of it as may be shown (RFC 6590)
/// @errors the caller's: misuse (a required field is missing, nothing is returned)
[[nodiscard]] Result<Entity> arrange(const FeedbackReport& report, View original, const ReportOptions& options = {});

}  // namespace posthorn::mime
