#include "posthorn/protocol/tlsrpt/collector.h"

#include <array>
#include <utility>
#include <vector>

#include "posthorn/grammar/cursor.h"

namespace posthorn::tlsrpt {

namespace {

constexpr std::array<View, 3> kTypes = {"tlsa", "sts", "no-policy-found"};  // in the order of PolicyType
constexpr View kNothing = "-";

bool is_word(View text) {
  for (const char c : text) {
    if (!chars::kVisible[c]) return false;
  }
  return !text.empty();
}

bool read_row(Cursor& c, Subject& subject, std::uint64_t& sessions) {
  View type;
  View domain;
  View mx;
  View result;
  const bool read = c.run(chars::kVisible, type) && c.sp() && c.run(chars::kVisible, domain) && c.sp() &&
                    c.run(chars::kVisible, mx) && c.sp() && c.run(chars::kVisible, result) && c.sp() &&
                    c.number(sessions) && c.octet('\n');
  const auto known = policy_type_of(type);
  if (!read || !known) return false;
  subject.type = *known;
  subject.domain = own(domain);
  subject.mx = mx == kNothing ? std::string() : own(mx);
  subject.result = tls::failure_of(result);
  return subject.result || result == kNothing;
}

}  // namespace

std::optional<PolicyType> policy_type_of(View word) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == word) return static_cast<PolicyType>(i);
  }
  return std::nullopt;
}

View word_of(PolicyType type) { return kTypes[static_cast<std::size_t>(type)]; }

void Collector::count(const Subject& subject, std::uint64_t sessions) {
  // A name that is no word would break the row; none comes from ascii_domain().
  const bool fits = is_word(subject.domain) && (subject.mx.empty() || is_word(subject.mx));
  const auto known = counts_.find(subject);
  if (known != counts_.end()) {
    known->second += sessions;
  } else if (fits && counts_.size() < max_subjects_) {
    counts_.emplace(subject, sessions);
  } else {
    dropped_ += sessions;
  }
}

std::string Collector::format() const {
  std::string text;
  for (const auto& [subject, sessions] : counts_) {
    text += own(word_of(subject.type)) + " " + subject.domain + " ";
    text += subject.mx.empty() ? kNothing : View(subject.mx);
    text += " ";
    text += subject.result ? tls::word_of(*subject.result) : kNothing;
    text += " " + std::to_string(sessions) + "\n";
  }
  return text;
}

Result<void> Collector::add(View rows) {
  std::vector<std::pair<Subject, std::uint64_t>> read;
  for (Cursor c(rows); !c.at_end();) {
    auto& [subject, sessions] = read.emplace_back();
    if (!read_row(c, subject, sessions)) return fail(environment_error(Code::corrupt, "a row of TLS results"));
  }
  for (const auto& [subject, sessions] : read) count(subject, sessions);
  return {};
}

}  // namespace posthorn::tlsrpt
