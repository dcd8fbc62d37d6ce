// Aggregate reports of others: whatever they are packed in and made of, what is read is written and read the same.
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/unpack.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  constexpr std::size_t kMost = 1U << 20U;
  const reports::XmlLimits limits{.rows = 50, .text = 2000, .depth = 10, .listed = 20};
  const auto text = reports::unpack(input, kMost);
  if (!text) return;
  fuzzing::check(text->size() <= kMost, "limit of octets");
  const auto report = reports::parse_aggregate(*text, limits);
  if (!report) return;
  fuzzing::check(report->rows.size() <= limits.rows, "limit of rows");
  // White space inside texts and characters of two spellings are settled by the first writing.
  const auto again = reports::parse_aggregate(reports::format_aggregate(*report), limits);
  fuzzing::check(again && again->rows.size() == report->rows.size(), "what is written is read");
  fuzzing::check(reports::parse_aggregate(reports::format_aggregate(*again), limits) == again,
                 "written and read again");
}
