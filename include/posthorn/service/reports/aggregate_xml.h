// Aggregate reports as XML: ours in the namespace of RFC 9990, those of others in it, in an older one or in none.
#pragma once

#include <cstddef>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/dmarc/aggregate.h"

namespace posthorn::reports {

struct XmlLimits {
  std::size_t rows = 100'000;
  std::size_t text = 8192;    ///< octets between two tags
  std::size_t depth = 32;     ///< elements in each other
  std::size_t listed = 1000;  ///< errors of the report, reasons of one row
};

/// UTF-8. What XML cannot hold (control characters, broken UTF-8) becomes "?".
[[nodiscard]] std::string format_aggregate(const dmarc::AggregateReport& report);

/// How many octets of format_aggregate() are one row's.
[[nodiscard]] std::size_t formatted_octets(const dmarc::CountedRow& row);

/// Reads a report. Elements that are not known are passed over, words that are not known count as missing, or as
/// `none` and `other` where there must be one. White space around texts is left out.
/// @errors syntax (no XML, no report, a count or an address that is none), unsupported (a document type: no entity is
///         ever expanded), too_many, too_long (XmlLimits)
[[nodiscard]] Result<dmarc::AggregateReport> parse_aggregate(View xml, const XmlLimits& limits = {});

}  // namespace posthorn::reports
