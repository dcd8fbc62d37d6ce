// TLS reports of others: what is read is written and read the same.
#include "posthorn/service/reports/tls_json.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  const reports::TlsJsonLimits limits{.policies = 20, .details = 20};
  const auto report = reports::parse_tls_report(input, limits);
  if (!report) return;
  fuzzing::check(report->policies.size() <= limits.policies, "limit");
  const auto again = reports::parse_tls_report(reports::format_tls_report(*report), limits);
  fuzzing::check(again == report, "written and read again");
}
