#include "shared/report_service.h"

#include <set>

#include <fmt/core.h>

#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::servers {

namespace {

// Late results of other processes are in the store by then.
constexpr std::chrono::minutes kAfterMidnight(10);
// RFC 8460 section 4.1: not all hosts of the world at once.
constexpr std::chrono::hours kSpread(4);
constexpr std::chrono::hours kAskAgain(1);
constexpr std::chrono::days kPatience(3);
constexpr std::size_t kAtOnce = 50;  // domains of one send()

reports::SenderOptions options_of(const Settings& settings, const dmarc::PublicSuffixes* suffixes) {
  reports::SenderOptions options{.host_name = settings.host_name, .from = settings.reports_from};
  if (options.from.empty()) options.from = "reports@" + settings.host_name;
  options.contact = settings.reports_contact;
  options.patience = kPatience;
  options.discovery.suffixes = suffixes;
  return options;
}

std::vector<std::string> lines_of(View text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const View line = text.substr(0, text.find('\n'));
    lines.push_back(own(line));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

}  // namespace

ReportService::ReportService(const Ground& ground, queue::Router router)
    : ground_(ground),
      gate_(ground.resolver),
      results_(ground.rows, ground.clock, ground.random),
      sender_(ground.queue, std::move(router), gate_, ground.clock, ground.random,
              options_of(ground.settings, ground.suffixes)) {}

void ReportService::Gate::resolve(dns::Question question, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!shut_) return behind_.resolve(std::move(question), std::move(done));
  }
  done({});
}

void ReportService::Gate::shut() {
  const std::lock_guard lock(mutex_);
  shut_ = true;
}

void ReportService::stop() {
  stopping_ = true;
  gate_.shut();
}

void ReportService::save() {
  static_cast<void>(results_.save());  // what cannot be written is kept and tried again
  static_cast<void>(ground_.tls.save());
}

/// Each host has its own time in the first hours of the day.
bool ReportService::is_time(WallTime now) const {
  const std::string digest = crypto::sha256(ground_.settings.host_name);
  const auto share = static_cast<unsigned char>(digest[0]);
  const std::chrono::seconds begin = kAfterMidnight + std::chrono::seconds(kSpread) * share / 256;
  return now >= std::chrono::floor<std::chrono::days>(now) + begin;
}

void ReportService::send() {
  if (!is_time(ground_.clock.wall())) return;
  if (ground_.settings.reports_dmarc) send_dmarc();
  if (!stopping_) send_tls();
}

void ReportService::send_dmarc() {
  const auto sent = sender_.send_due(results_, kAtOnce, [this] { return stopping_.load(); });
  if (!sent) ground_.log.say("DMARC reports cannot be sent: " + sent.error().note);
  if (sent && *sent > 0) ground_.log.say(fmt::format("DMARC reports for {} domains are in the queue", *sent));
}

std::vector<tlsrpt::PolicyReport> ReportService::policies(const tlsrpt::Collector& counts,
                                                          const std::string& domain) const {
  auto policies = tlsrpt::policies_of(counts, domain);
  const auto known = ground_.tls.policy(domain);
  for (tlsrpt::PolicyReport& policy : policies) {
    if (policy.type != tlsrpt::PolicyType::sts || !known) continue;
    policy.lines = lines_of(mta_sts::format_policy(*known));
    policy.hosts = known->mx;
  }
  return policies;
}

void ReportService::send_tls() {
  const WallTime now = ground_.clock.wall();
  if (now < tls_again_) return;
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto days = ground_.tls.days_before(today);
  if (!days) return;
  std::size_t done = 0;
  std::size_t sent = 0;
  for (const auto& [day, counts] : *days) {
    std::set<std::string> ended;
    std::set<std::string> domains;
    for (const auto& [subject, sessions] : counts.counts()) domains.insert(subject.domain);
    for (const std::string& domain : domains) {
      if (done == kAtOnce || stopping_) break;
      const bool given_up = !ground_.settings.reports_tls || today > day + kPatience;
      const Result<reports::Handed> handed =
          given_up ? reports::Handed::nobody : sender_.send(domain, policies(counts, domain), day);
      if (!handed || *handed == reports::Handed::later) continue;
      ended.insert(domain);
      ++done;
      if (*handed == reports::Handed::sent) ++sent;
    }
    if (const auto kept = ground_.tls.forget(day, ended); !kept)
      ground_.log.say("TLS reports cannot be written down: " + kept.error().note);
  }
  if (done == 0 && !days->empty()) tls_again_ = now + kAskAgain;
  if (sent > 0) ground_.log.say(fmt::format("TLS reports for {} domains are in the queue", sent));
}

}  // namespace posthorn::servers
