#include "shared/mx_gate.h"

#include <limits>
#include <utility>

#include <fmt/core.h>

namespace posthorn::servers {

namespace {

admission::Thresholds thresholds(const Settings& settings) {
  admission::Thresholds made;
  made.defer = settings.mx_greylist ? std::numeric_limits<int>::min() : static_cast<int>(settings.mx_defer_score);
  made.reject = static_cast<int>(settings.mx_reject_score);
  return made;
}

roles::MxChecks::Settings check_settings(const Settings& settings) {
  roles::MxChecks::Settings made;
  made.names = settings.mx_check_dns;
  made.own_names = {settings.host_name};
  made.patience = std::chrono::seconds(settings.dns_timeout_seconds);
  return made;
}

View word_of(dnsbl::Health health) {
  switch (health) {
    case dnsbl::Health::works: return "works";
    case dnsbl::Health::lists_nothing: return "does not list its test point";
    case dnsbl::Health::lists_all: return "lists everybody";
    case dnsbl::Health::failed: return "does not serve us";
    case dnsbl::Health::unknown: return "does not answer";
  }
  return "is unknown";
}

}  // namespace

Result<std::unique_ptr<MxGate>> MxGate::open(const Settings& settings, store::Partition& rows, const Clock& clock,
                                             dns::Resolver& resolver, LineLog& log) {
  std::string text;
  for (const std::string& entry : settings.mx_lists) text += entry + "\n";
  Result<std::vector<dnsbl::List>> lists = dnsbl::parse_lists(text);
  if (!lists) return fail(caller_error(Code::syntax, "mx.lists: " + lists.error().note));
  return std::make_unique<MxGate>(settings, rows, clock, resolver, log, std::move(*lists));
}

MxGate::MxGate(const Settings& settings, store::Partition& rows, const Clock& clock, dns::Resolver& resolver,
               LineLog& log, std::vector<dnsbl::List> lists)
    : log_(log),
      lists_(std::move(lists)),
      greylist_(rows, clock),
      judge_(&greylist_, thresholds(settings)),
      checks_(resolver, judge_, rates_, check_settings(settings)) {}

void MxGate::test_lists() {
  if (lists_.empty()) return;
  const auto test = testing_.emplace(checks_.resolver()).add(std::make_unique<dnsbl::SelfTest>(lists_));
  testing_->begin([this, test] { take(test.verdict()); });
}

void MxGate::take(const std::vector<dnsbl::ListHealth>& health) {
  std::vector<dnsbl::List> working;
  for (std::size_t i = 0; i < health.size(); ++i) {
    const bool usable = health[i].health == dnsbl::Health::works || health[i].health == dnsbl::Health::unknown;
    if (usable) working.push_back(lists_[i]);
    if (health[i].health != dnsbl::Health::works) {
      log_.say(fmt::format("DNS list {} {}{}", health[i].zone, word_of(health[i].health),
                           usable ? "" : ": it is not asked"));
    }
  }
  checks_.set_lists(std::move(working));
}

}  // namespace posthorn::servers
