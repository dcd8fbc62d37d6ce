#include "service/roles/message_judge.h"

#include <algorithm>
#include <utility>

#include "posthorn/protocol/auth_results/filter.h"

namespace posthorn::roles {

using directory::Enforcement;

bool MessageJudge::begin(Authentication& shared, View remote, View hello, View sender, WallTime now) {
  const auto address = IpAddress::parse(remote);
  const auto& settings = shared.settings();
  const bool exempt = std::any_of(settings.exempt.begin(), settings.exempt.end(),
                                  [&](const IpNetwork& network) { return address && network.contains(*address); });
  if (!address || exempt) return false;
  shared_ = &shared;
  client_ = {.address = *address, .hello = own(hello), .sender = own(sender), .host_name = settings.host_name};
  inquiry_ = std::make_unique<Inquiry>(shared.resolver());
  check_ = inquiry_->add(std::make_unique<authentication::MessageCheck>(client_, now, settings.options));
  inquiry_->begin([] {});  // what is known of the client is asked while the message comes
  return true;
}

void MessageJudge::append(View octets) {
  check_.with([&](authentication::MessageCheck& check) { check.append(octets); });
}

void MessageJudge::finish(WallTime wall, TimePoint now, std::function<void()> wake) {
  check_.with([&](authentication::MessageCheck& check) { check.finish(wall); });
  until_ = now + shared_->settings().patience;
  wake_ = std::move(wake);
  inquiry_->begin(wake_);
}

bool MessageJudge::ready(TimePoint now) {
  if (inquiry_->done()) return true;
  if (now < until_) return false;
  if (gave_up_) return true;
  gave_up_ = true;
  until_ = now + shared_->settings().patience;
  check_.with([](authentication::MessageCheck& check) { check.give_up(); });
  inquiry_->begin(wake_);
  return inquiry_->done();
}

MessageJudge::Conclusion MessageJudge::conclude(const std::vector<Enforcement>& recipients) {
  Conclusion conclusion;
  auto& [header, results, decision, done] = judgement_.emplace();
  bool open = false;
  check_.with([&](const authentication::MessageCheck& check) {
    results = check.verdict();
    header = check.header();
    open = !check.wanted().empty();
    if (open) results.dmarc.status = dmarc::Status::temperror;
    decision = authentication::decide(results, header, shared_->settings().trust);
  });
  const bool all_follow =
      !recipients.empty() && std::all_of(recipients.begin(), recipients.end(),
                                         [](Enforcement follows) { return follows == Enforcement::reject; });
  const bool refused = all_follow && (open || decision.asked == Enforcement::reject);
  // What a fault of the DNS may have caused is not for ever; it is no way around the policy either.
  conclusion.later = refused && results.dmarc.status == dmarc::Status::temperror;
  conclusion.refuse = refused && !conclusion.later;
  if (conclusion.later) return conclusion;
  conclusion.findings.asked = decision.asked;
  conclusion.findings.fields = authentication::format_results(results, client_);
  // What most of the recipients get: a report has one word for a message (RFC 9990 section 3.1).
  const Enforcement most = recipients.empty() ? Enforcement::none : *std::ranges::max_element(recipients);
  done = conclusion.refuse ? Enforcement::reject : std::min({decision.asked, most, Enforcement::quarantine});
  return conclusion;
}

void MessageJudge::tell() const {
  Judgements* judgements = shared_->judgements();
  if (judgements == nullptr || !judgement_) return;
  judgements->judged(client_, judgement_->header, judgement_->results, judgement_->decision, judgement_->done);
}

std::string without_own_results(View header, View host_name) {
  auth_results::Filter filter(host_name);
  std::string left;
  filter.receive(header, left);
  filter.finish(left);
  return left;
}

}  // namespace posthorn::roles
