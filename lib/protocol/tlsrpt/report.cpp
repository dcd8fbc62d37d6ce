#include "posthorn/protocol/tlsrpt/report.h"

namespace posthorn::tlsrpt {

std::vector<PolicyReport> policies_of(const Collector& counts, View domain) {
  std::vector<PolicyReport> policies;
  // Subjects are in the order of type, then domain.
  for (const auto& [subject, sessions] : counts.counts()) {
    if (subject.domain != domain) continue;
    if (policies.empty() || policies.back().type != subject.type) {
      policies.push_back({.type = subject.type, .domain = subject.domain});
    }
    PolicyReport& policy = policies.back();
    if (!subject.result) {
      policy.successes += sessions;
      continue;
    }
    policy.failures += sessions;
    policy.details.push_back(
        {.result = own(tls::word_of(*subject.result)), .receiving_host = subject.mx, .sessions = sessions});
  }
  return policies;
}

}  // namespace posthorn::tlsrpt
