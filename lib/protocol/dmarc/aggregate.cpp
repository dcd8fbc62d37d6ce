#include "posthorn/protocol/dmarc/aggregate.h"

#include <array>
#include <utility>

#include "posthorn/grammar/char_set.h"

namespace posthorn::dmarc {

namespace {

// Words in the order of their enumerations.
constexpr std::array<View, 4> kDispositions = {"none", "pass", "quarantine", "reject"};
constexpr std::array<View, 7> kOverrides = {"local_policy",      "mailing_list", "other",      "policy_test_mode",
                                            "trusted_forwarder", "forwarded",    "sampled_out"};
constexpr std::array<View, 8> kResults = {"none",     "neutral", "pass",      "fail",
                                          "softfail", "policy",  "temperror", "permerror"};
constexpr std::array<View, 3> kScopes = {"", "mfrom", "helo"};

template <class Value, std::size_t N>
std::optional<Value> find(View word, const std::array<View, N>& words) {
  for (std::size_t i = 0; i < N; ++i) {
    if (same_word(word, words[i])) return static_cast<Value>(i);
  }
  return std::nullopt;
}

template <class Value, std::size_t N>
View name(Value value, const std::array<View, N>& words) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace

View word_of(Disposition disposition) { return name(disposition, kDispositions); }
View word_of(OverrideType type) { return name(type, kOverrides); }
View word_of(AuthResult result) { return name(result, kResults); }
View word_of(SpfScope scope) { return name(scope, kScopes); }
std::optional<Disposition> disposition_of(View word) { return find<Disposition>(word, kDispositions); }
std::optional<OverrideType> override_of(View word) { return find<OverrideType>(word, kOverrides); }
std::optional<AuthResult> auth_result_of(View word) { return find<AuthResult>(word, kResults); }
std::optional<SpfScope> scope_of(View word) { return find<SpfScope>(word, kScopes); }

PublishedPolicy published(const Verdict& verdict) {
  PublishedPolicy policy{.domain = verdict.policy_domain, .discovery = verdict.discovery};
  if (!verdict.record) return policy;
  const Record& record = *verdict.record;
  policy.policy = record.policy;
  policy.subdomains = record.subdomains;
  policy.not_existing = record.not_existing;
  policy.dkim = record.dkim;
  policy.spf = record.spf;
  policy.testing = record.testing;
  if (!record.failures_to.empty()) policy.failures = record.failures.text();
  return policy;
}

Row row_of(const Verdict& verdict, const IpAddress& source) {
  Row row{.source = source, .header_from = verdict.author_domain};
  row.dkim_aligned = !verdict.aligned_dkim.empty();
  row.spf_aligned = !verdict.aligned_spf.empty();
  if (verdict.status == Status::pass && verdict.policy != Policy::none) row.disposition = Disposition::pass;
  if (verdict.requested == Policy::quarantine) row.disposition = Disposition::quarantine;
  if (verdict.requested == Policy::reject) row.disposition = Disposition::reject;
  if (verdict.status == Status::fail && verdict.requested != verdict.policy) {
    row.reasons.push_back({OverrideType::policy_test_mode, {}});
  }
  return row;
}

void Aggregate::count(Row row, std::uint64_t messages) {
  if (row.dkim.size() > kMaxResults) row.dkim.resize(kMaxResults);
  if (row.spf.size() > kMaxResults) row.spf.resize(kMaxResults);
  const auto known = counts_.find(row);
  if (known != counts_.end()) {
    known->second += messages;
  } else if (counts_.size() < most_) {
    counts_.emplace(std::move(row), messages);
  } else {
    dropped_ += messages;
  }
}

std::vector<CountedRow> Aggregate::rows() const {
  std::vector<CountedRow> rows;
  rows.reserve(counts_.size());
  for (const auto& [row, count] : counts_) rows.push_back({row, count});
  return rows;
}

}  // namespace posthorn::dmarc
