// Aggregate reports as values: what mail that names a domain as its author was found to be (RFC 9990 section 3.1).
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/dmarc/evaluation.h"
#include "posthorn/protocol/dmarc/record.h"

namespace posthorn::dmarc {

/// DKIM and SPF results of one row; more are left out (RFC 9990 section 3.1.3).
inline constexpr std::size_t kMaxResults = 100;

/// What was done with messages.
enum class Disposition : std::uint8_t {
  none,  ///< nothing, under a policy of none or against the policy
  pass,  ///< nothing, since they passed under another policy
  quarantine,
  reject,
};

/// Why a disposition is another one than the policy asks for.
enum class OverrideType : std::uint8_t {
  local_policy,
  mailing_list,
  other,
  policy_test_mode,  ///< the record is a test (tag t)
  trusted_forwarder,
  forwarded,    ///< of older reports
  sampled_out,  ///< of older reports
};

/// Results of RFC 8601 section 2.7 for DKIM and SPF.
enum class AuthResult : std::uint8_t { none, neutral, pass, fail, softfail, policy, temperror, permerror };

enum class SpfScope : std::uint8_t { unspecified, mfrom, helo };

/// The words of a report, in lower case.
[[nodiscard]] View word_of(Disposition disposition);
[[nodiscard]] View word_of(OverrideType type);
[[nodiscard]] View word_of(AuthResult result);
[[nodiscard]] View word_of(SpfScope scope);
[[nodiscard]] std::optional<Disposition> disposition_of(View word);
[[nodiscard]] std::optional<OverrideType> override_of(View word);
[[nodiscard]] std::optional<AuthResult> auth_result_of(View word);
[[nodiscard]] std::optional<SpfScope> scope_of(View word);

struct OverrideReason {
  OverrideType type = OverrideType::other;
  std::string comment;
  auto operator<=>(const OverrideReason&) const = default;
};
struct DkimResult {
  std::string domain;
  std::string selector;
  AuthResult result = AuthResult::none;
  std::string note;  ///< for people
  auto operator<=>(const DkimResult&) const = default;
};
struct SpfResult {
  std::string domain;
  SpfScope scope = SpfScope::unspecified;
  AuthResult result = AuthResult::none;
  std::string note;  ///< for people
  auto operator<=>(const SpfResult&) const = default;
};

/// What messages have in common that are counted together.
struct Row {
  IpAddress source;
  Disposition disposition = Disposition::none;
  bool dkim_aligned = false;  ///< an aligned domain passed DKIM
  bool spf_aligned = false;
  std::vector<OverrideReason> reasons;
  std::string header_from;
  std::optional<std::string> envelope_from;  ///< the domain of MAIL FROM; "" for the null path; nullopt: not told
  std::string envelope_to;                   ///< empty: not told
  std::vector<DkimResult> dkim;
  std::vector<SpfResult> spf;
  auto operator<=>(const Row&) const = default;
};

/// The policy that was found; what is nullopt or empty is not told.
struct PublishedPolicy {
  std::string domain;
  std::optional<Discovery> discovery;
  Policy policy = Policy::none;
  std::optional<Policy> subdomains, not_existing;
  std::optional<Alignment> dkim, spf;
  std::optional<bool> testing;
  std::string failures;  ///< fo
  bool operator==(const PublishedPolicy&) const = default;
};

/// What a report tells of the record that a verdict stands on. @param verdict  with a record
[[nodiscard]] PublishedPolicy published(const Verdict& verdict);
/// A row for one message: alignment and author domain come from the verdict, the disposition is that of a host that
/// does what is requested. The other members are the host's to fill.
[[nodiscard]] Row row_of(const Verdict& verdict, const IpAddress& source);

struct CountedRow {
  Row row;
  std::uint64_t count = 0;  ///< messages
  bool operator==(const CountedRow&) const = default;
};

struct AggregateReport {
  std::string version;  ///< of the format, as it stands there; "1.0" in ours
  std::string organization;
  std::string email;          ///< whom to ask
  std::string extra_contact;  ///< empty: none
  std::string id;
  WallTime begin{};
  WallTime end{};  ///< the last second that counts
  std::vector<std::string> errors;
  std::string generator;
  PublishedPolicy policy;
  std::vector<CountedRow> rows;
  bool operator==(const AggregateReport&) const = default;
};

/// Counts messages; equal rows become one.
class Aggregate {
 public:
  /// @param most  different rows; what is new after that is counted in dropped() only
  explicit Aggregate(std::size_t most = 100'000) : most_(most) {}

  void count(Row row, std::uint64_t messages = 1);
  /// Whether count() adds to a row that is there.
  [[nodiscard]] bool knows(const Row& row) const { return counts_.contains(row); }
  [[nodiscard]] std::vector<CountedRow> rows() const;
  [[nodiscard]] std::size_t size() const { return counts_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t most_;
  std::map<Row, std::uint64_t> counts_;
  std::uint64_t dropped_ = 0;
};

}  // namespace posthorn::dmarc
