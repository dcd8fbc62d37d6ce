// Counts how connections to the hosts of other domains ended: what a report of a day is built from (RFC 8460
// section 4).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/tls/demand.h"

namespace posthorn::tlsrpt {

/// Which policy was applied (RFC 8460 section 4.4, policy-type).
enum class PolicyType : std::uint8_t { tlsa, sts, no_policy_found };

/// "no-policy-found"
[[nodiscard]] View word_of(PolicyType type);
/// The type that a word stands for; nullopt for any other.
[[nodiscard]] std::optional<PolicyType> policy_type_of(View word);

/// What a count is about.
struct Subject {
  PolicyType type = PolicyType::no_policy_found;
  std::string domain;                  ///< policy domain; for tlsa the TLSA base domain
  std::string mx;                      ///< receiving-mx-hostname; empty where there was none
  std::optional<tls::Failure> result;  ///< nullopt: a session that went well
  auto operator<=>(const Subject&) const = default;
};

/// The counts of one day.
class Collector {
 public:
  /// @param max_subjects  different ones that are kept; what is new after that is dropped and counted in dropped()
  explicit Collector(std::size_t max_subjects = 100'000) : max_subjects_(max_subjects) {}

  void count(const Subject& subject, std::uint64_t sessions = 1);
  [[nodiscard]] const std::map<Subject, std::uint64_t>& counts() const { return counts_; }
  /// Sessions for whose subject there was no room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  /// One line for each subject: "sts example.org mx.example.org certificate-expired 3"; "-" stands for no host and for
  /// no failure.
  [[nodiscard]] std::string format() const;
  /// Adds the lines of format(). @errors corrupt (nothing is added then)
  Result<void> add(View rows);

 private:
  std::size_t max_subjects_;
  std::map<Subject, std::uint64_t> counts_;
  std::uint64_t dropped_ = 0;
};

}  // namespace posthorn::tlsrpt
