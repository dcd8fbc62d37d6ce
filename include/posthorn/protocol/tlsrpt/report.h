// TLS reports as values: how connections to the hosts of a domain ended on one day (RFC 8460 section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/tlsrpt/collector.h"

namespace posthorn::tlsrpt {

/// Sessions that failed in the same way. What is empty is not told.
struct FailureDetail {
  std::string result;  ///< result-type: tls::word_of(), or a word that is newer
  std::string sending_ip;
  std::string receiving_host;
  std::string receiving_helo;
  std::string receiving_ip;
  std::uint64_t sessions = 0;
  std::string more;    ///< additional-information
  std::string reason;  ///< failure-reason-code
  bool operator==(const FailureDetail&) const = default;
};

/// What came of one policy.
struct PolicyReport {
  std::optional<PolicyType> type;  ///< nullopt: a word that is none
  std::vector<std::string> lines;  ///< policy-string: of the MTA-STS policy, or the TLSA records
  std::string domain;
  std::vector<std::string> hosts;  ///< mx-host: the patterns of an MTA-STS policy
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  std::vector<FailureDetail> details;
  bool operator==(const PolicyReport&) const = default;
};

struct Report {
  std::string organization;
  WallTime begin{};
  WallTime end{};  ///< the last second that counts
  std::string contact;
  std::string id;
  std::vector<PolicyReport> policies;
  bool operator==(const Report&) const = default;
};

/// What a day's counts say of one policy domain, a policy of each type.
[[nodiscard]] std::vector<PolicyReport> policies_of(const Collector& counts, View domain);

}  // namespace posthorn::tlsrpt
