// DMARC: a sender, and the answers of a hostile DNS, line by line: the evaluation ends after few questions, and its
// verdict does not contradict itself.
#include <algorithm>
#include <string>
#include <vector>

#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/protocol/dmarc/report_addresses.h"

#include "answers.h"
#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

template <class Verdict>
std::size_t run(dns::Evaluation<Verdict>& evaluation, View& input, std::size_t most) {
  std::size_t asked = 0;
  for (; !evaluation.wanted().empty(); ++asked) {
    fuzzing::check(asked < most, "few questions");
    const std::size_t index = asked % evaluation.wanted().size();
    evaluation.answer(index, fuzzing::next_answer(input, evaluation.wanted()[index].type));
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
  const View all = input;
  dmarc::Message message;
  message.from = {own(fuzzing::next_line(input))};
  message.spf = own(fuzzing::next_line(input));
  for (View list = fuzzing::next_line(input); !list.empty();) {
    const View one = list.substr(0, list.find(' '));
    message.dkim.push_back(own(one));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
  }
  dmarc::Evaluation evaluation(message, {.explain = all.size() % 2 == 0});
  run(evaluation, input, 8 + 3 + 8 * (dmarc::kMaxSigners + 1));
  const dmarc::Verdict& verdict = evaluation.verdict();
  check_verdict(verdict);
  for (const auto kind : {dmarc::ReportKind::aggregate, dmarc::ReportKind::failure}) {
    dmarc::ReportAddresses addresses(verdict, kind);
    run(addresses, input, 9 * dmarc::kMaxReportUris);
    fuzzing::check(addresses.verdict().allowed.size() <= dmarc::kMaxReportUris, "few addresses");
  }
  static_cast<void>(dmarc::parse_record(all));
}
