// TLS reports as JSON (RFC 8460 section 4.4).
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/tlsrpt/report.h"

namespace posthorn::reports {

/// The media type of a report that is compressed with gzip (RFC 8460 section 6.5).
inline constexpr View kTlsReportType = "application/tlsrpt+gzip";

struct TlsJsonLimits {
  std::size_t policies = 10'000;
  std::size_t details = 100'000;  ///< of one policy
};

/// One line. What is no UTF-8 becomes "?".
[[nodiscard]] std::string format_tls_report(const tlsrpt::Report& report);

/// Reads a report. Members that are not known are passed over; those of another type than they should have count as
/// missing.
/// @errors syntax (no JSON object, or one without policies), too_many (TlsJsonLimits)
[[nodiscard]] Result<tlsrpt::Report> parse_tls_report(View json, const TlsJsonLimits& limits = {});

}  // namespace posthorn::reports
