#include "posthorn/protocol/dmarc/record.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mail/policy_record.h"

namespace posthorn::dmarc {

namespace {

constexpr std::array<View, 3> kPolicies = {"none", "quarantine", "reject"};  // in the order of Policy
constexpr CharSet kUriOctet = chars::kVisible - CharSet(",!");
constexpr CharSet kScheme = chars::kAlnum + CharSet("+-.");

/// A tag with one of few values; anything else counts as if it were not there.
template <class Value>
struct Word {
  View word;
  Value value;
};
template <class Value, std::size_t N>
std::optional<Value> one_of(View text, const Word<Value> (&words)[N]) {
  for (const auto& [word, value] : words) {
    if (same_word(text, word)) return value;
  }
  return std::nullopt;
}
constexpr Word<Alignment> kAlignments[] = {{"r", Alignment::relaxed}, {"s", Alignment::strict}};
constexpr Word<PublicSuffix> kSuffixes[] = {
    {"u", PublicSuffix::unknown}, {"y", PublicSuffix::yes}, {"n", PublicSuffix::no}};
constexpr Word<bool> kTests[] = {{"y", true}, {"n", false}};

/// "!" 1*DIGIT [ "k" / "m" / "g" / "t" ], with white space that the grammar does not have but records do.
bool size_limit(Cursor& c, std::uint64_t& octets) {
  c.try_run(chars::kSpace);
  if (!c.try_octet('!')) return true;
  c.try_run(chars::kSpace);
  std::uint64_t number = 0;
  if (!c.number(number)) return false;
  c.try_run(chars::kSpace);
  unsigned shift = 0;
  for (const auto& [unit, bits] : {std::pair(View("k"), 10U), {"m", 20U}, {"g", 30U}, {"t", 40U}}) {
    if (c.try_word(unit)) shift = bits;
  }
  octets = number > (std::numeric_limits<std::uint64_t>::max() >> shift) ? 0 : number << shift;
  return true;
}

std::optional<ReportUri> read_uri(View text) {
  Cursor c(text);
  ReportUri result;
  c.try_run(chars::kSpace);
  View uri;
  if (!c.run(kUriOctet, uri) || !size_limit(c, result.most_octets)) return std::nullopt;
  c.try_run(chars::kSpace);
  if (!c.end()) return std::nullopt;
  const std::size_t colon = std::min(uri.find(':'), uri.size());
  const View scheme = uri.substr(0, colon);
  if (scheme.empty() || !chars::kAlpha[scheme.front()] || colon + 1 >= uri.size() ||
      !std::ranges::all_of(scheme, [](char o) { return kScheme[o]; })) {
    return std::nullopt;
  }
  result.uri = own(uri);
  return result;
}

std::vector<ReportUri> read_uris(View list) {
  std::vector<ReportUri> uris;
  while (!list.empty() && uris.size() < kMaxReportUris) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (auto uri = read_uri(list.substr(0, comma))) uris.push_back(std::move(*uri));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return uris;
}

std::optional<FailureOptions> read_failures(View list) {
  FailureOptions options;
  while (!list.empty()) {
    const std::size_t colon = std::min(list.find(':'), list.size());
    const View word = list.substr(0, colon);
    bool known = false;
    for (const auto& [letter, option] :
         {std::pair(View("0"), &options.all), {"1", &options.any}, {"d", &options.dkim}, {"s", &options.spf}}) {
      if (same_word(word, letter) && !*option) *option = known = true;
    }
    if (!known) return std::nullopt;
    list.remove_prefix(std::min(colon + 1, list.size()));
  }
  if (options.all && options.any) return std::nullopt;
  return options;
}

/// @returns false where a tag with a policy has none
bool read_policy(View value, std::optional<Policy>& policy) {
  policy = policy_of(value);
  return policy.has_value();
}

}  // namespace

std::string FailureOptions::text() const {
  std::string out;
  for (const auto& [letter, set] : {std::pair('0', all), {'1', any}, {'d', dkim}, {'s', spf}}) {
    if (!set) continue;
    if (!out.empty()) out.push_back(':');
    out.push_back(letter);
  }
  return out;
}

Policy Record::below(bool exists) const {
  const Policy existing = subdomains.value_or(policy);
  return exists ? existing : not_existing.value_or(existing);
}

View word_of(Policy policy) { return kPolicies[static_cast<std::size_t>(policy)]; }

std::optional<Policy> policy_of(View word) {
  for (std::size_t i = 0; i < kPolicies.size(); ++i) {
    if (same_word(word, kPolicies[i])) return static_cast<Policy>(i);
  }
  return std::nullopt;
}

std::string record_name(View domain) { return "_dmarc." + own(domain); }

Result<Record> parse_record(View text) {
  const auto fields = mail::read_policy_fields(text);
  // The version has to be the first piece, so a text that only contains one further on is none.
  Cursor c(text);
  c.try_run(chars::kSpace);
  if (fields.empty() || fields.front() != mail::PolicyField{"v", "DMARC1"} || !c.word("v")) {
    return fail(peer_error(Code::syntax, "no DMARC record"));
  }
  Record record;
  std::optional<Policy> policy;
  bool good = true;
  for (const auto& [name, value] : fields) {
    if (name == "p") good &= read_policy(value, policy);
    if (name == "sp") good &= read_policy(value, record.subdomains);
    if (name == "np") good &= read_policy(value, record.not_existing);
    if (name == "adkim") record.dkim = one_of(value, kAlignments).value_or(record.dkim);
    if (name == "aspf") record.spf = one_of(value, kAlignments).value_or(record.spf);
    if (name == "psd") record.public_suffix = one_of(value, kSuffixes).value_or(record.public_suffix);
    if (name == "t") record.testing = one_of(value, kTests).value_or(record.testing);
    if (name == "fo") record.failures = read_failures(value).value_or(record.failures);
    if (name == "rua") record.aggregate_to = read_uris(value);
    if (name == "ruf") record.failures_to = read_uris(value);
  }
  if (good && policy) {
    record.policy = *policy;
  } else {
    record.subdomains = record.not_existing = std::nullopt;
    record.unusable = record.aggregate_to.empty();
  }
  return record;
}

}  // namespace posthorn::dmarc
