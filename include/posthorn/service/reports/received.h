// Reports that others sent: as messages, or as the attachments of such.
#pragma once

#include <variant>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/feedback_report.h"
#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/protocol/tlsrpt/report.h"

namespace posthorn::reports {

using Received = std::variant<dmarc::AggregateReport, tlsrpt::Report, mime::FeedbackReport>;

/// Reads a report of any kind. An attachment, packed or not, tells by its octets what it is; of a message the first
/// part that is a report counts, whatever its media type says, because senders do not agree on those.
/// @errors not_found (a message without a report), and those of unpack(), parse_aggregate(), parse_tls_report()
[[nodiscard]] Result<Received> read_report(View octets);

}  // namespace posthorn::reports
