// DMARC: a sender, and the answers of a hostile DNS, line by line: the evaluation ends after few questions, and its
// verdict does not contradict itself.
#include <algorithm>
#include <string>
#include <vector>

#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/protocol/dmarc/report_addresses.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

/// Gives the lines of the input one after the other.
class Script {
 public:
  explicit Script(View input) : rest_(input) {}
  View line() {
    const View line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
    return line;
  }
  /// "f" and texts with 0x1F between them, "n", "t", "u"; anything else: no such name.
  dns::Answer answer() {
    View text = line();
    dns::Answer answer{.outcome = dns::Outcome::no_name};
    if (text.starts_with('n')) answer.outcome = dns::Outcome::no_data;
    if (text.starts_with('t')) answer.outcome = dns::Outcome::timed_out;
    if (text.starts_with('u')) answer.outcome = dns::Outcome::unavailable;
    if (!text.starts_with('f')) return answer;
    answer.outcome = dns::Outcome::found;
    for (text.remove_prefix(1); !text.empty();) {
      const View one = text.substr(0, text.find('\x1F'));
      answer.records.emplace_back(dns::Txt{own(one)});
      text.remove_prefix(std::min(one.size() + 1, text.size()));
    }
    return answer;
  }

 private:
  View rest_;
};

template <class Verdict>
std::size_t run(dns::Evaluation<Verdict>& evaluation, Script& script, std::size_t most) {
  std::size_t asked = 0;
  for (; !evaluation.wanted().empty(); ++asked) {
    fuzzing::check(asked < most, "few questions");
    evaluation.answer(asked % evaluation.wanted().size(), script.answer());
  }
  return asked;
}

void check_verdict(const dmarc::Verdict& verdict) {
  using dmarc::Policy;
  using dmarc::Status;
  const bool aligned = !verdict.aligned_dkim.empty() || !verdict.aligned_spf.empty();
  fuzzing::check((verdict.status == Status::pass) == aligned, "a pass has an aligned domain");
  fuzzing::check(verdict.requested <= verdict.policy, "nothing is asked beyond the policy");
  fuzzing::check(verdict.requested == Policy::none || verdict.status == Status::fail,
                 "only failures ask for something");
  fuzzing::check(verdict.record.has_value() == !verdict.policy_domain.empty(), "a record has a place");
  const auto within = [&](const std::string& domain) { return verdict.author_domain.ends_with(domain); };
  fuzzing::check(within(verdict.policy_domain) && within(verdict.organizational_domain), "above the author");
  static_cast<void>(dmarc::row_of(verdict, IpAddress()));
  static_cast<void>(dmarc::published(verdict));
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  Script script(input);
  dmarc::Message message;
  message.from = {own(script.line())};
  message.spf = own(script.line());
  for (View list = script.line(); !list.empty();) {
    const View one = list.substr(0, list.find(' '));
    message.dkim.push_back(own(one));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
  }
  dmarc::Evaluation evaluation(message, {.explain = input.size() % 2 == 0});
  run(evaluation, script, 8 + 3 + 8 * (dmarc::kMaxSigners + 1));
  const dmarc::Verdict& verdict = evaluation.verdict();
  check_verdict(verdict);
  for (const auto kind : {dmarc::ReportKind::aggregate, dmarc::ReportKind::failure}) {
    dmarc::ReportAddresses addresses(verdict, kind);
    run(addresses, script, 9 * dmarc::kMaxReportUris);
    fuzzing::check(addresses.verdict().allowed.size() <= dmarc::kMaxReportUris, "few addresses");
  }
  static_cast<void>(dmarc::parse_record(input));
}
