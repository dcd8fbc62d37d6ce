// Delivery reports: what the queue tells a sender of his message (RFC 3461 section 6, RFC 3464, RFC 6522, RFC 6533).
//
// Everything that comes from others (replies of servers, addresses, the message) may hold any octets: what comes out is
// a well-formed message all the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/delivery_status.h"

namespace posthorn::queue {

using mime::Action;

/// What became of one recipient.
struct ReportedRecipient {
  std::string address;           ///< to whom it was to be delivered
  std::string original_type;     ///< of ORCPT: "rfc822", "utf-8"; empty where there was none
  std::string original_address;  ///< of ORCPT, decoded
  Action action = Action::failed;
  std::string status;       ///< "5.1.1"; what is no code becomes 5.0.0, 4.0.0 or 2.0.0, as the action is
  std::string diagnostic;   ///< "550 5.1.1 no such user", as the remote host said it, or our own words; may be empty
  std::string remote_host;  ///< who said it; empty: we
  std::optional<WallTime> last_attempt;
  std::optional<WallTime> retry_until;  ///< delayed: when it will be given up
};

/// Named limits of one report.
struct ReportLimits {
  std::size_t full = 1'048'576;     ///< octets of a message that goes back whole; of a larger one the header alone
  std::size_t header = 65'536;      ///< octets of a header that goes back; it is cut between two fields
  std::size_t diagnostic = 2'000;   ///< octets of what a remote host said; RFC 5321 section 4.5.3.1.5: 512 a line
  std::size_t recipients = 10'000;  ///< recipients of one report; more are too_many
};

/// What a report is made of. @lifetime `original` is borrowed
struct ReportRequest {
  std::string report_id;     ///< unique; what stands before the @ of the Message-ID: letters, digits, "." and "-"
  std::string host_name;     ///< who reports
  std::string from_address;  ///< in From
  std::string to;            ///< the reverse-path of the message, without <>
  std::string envelope_id;   ///< ENVID, decoded; empty: none
  bool utf8 = false;         ///< the message came with SMTPUTF8: the report may need it too
  bool want_full = false;    ///< RET=FULL; holds for failures only (RFC 3461 section 4.3)
  WallTime arrived{};        ///< the message
  WallTime now{};
  std::vector<ReportedRecipient> recipients;
  View original;                  ///< the message, or its beginning
  bool original_complete = true;  ///< it is the whole message
  ReportLimits limits;
};

/// The report, with CRLF, to be sent from the null sender to `to`: multipart/report of a text for people, the fields of
/// RFC 3464, and the message where one was lost and its sender wants it back, else its header. The same request gives
/// the same octets.
///
/// It is ASCII with two exceptions, each of which needs 8BITMIME: a message that goes back whole is as it was; and of
/// SMTPUTF8 mail, to or about addresses beyond ASCII the report has the forms of RFC 6533 and needs SMTPUTF8 too.
///
/// @errors the caller's: misuse (a null or malformed `to`: such mail is never reported, RFC 5321 section 6.1; a
///         malformed report_id, host_name or from_address; no recipient, or one without address), too_many
[[nodiscard]] Result<std::string> compose_report(const ReportRequest& request);

}  // namespace posthorn::queue
