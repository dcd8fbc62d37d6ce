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
// Domains of one send(), and of one send_now().
constexpr std::size_t kAtOnce = 50;
constexpr std::size_t kAll = 1'000'000;

reports::SenderOptions options_of(const ReportService::Ground& ground, const ReportWish& wish) {
  const Settings& settings = ground.settings;
  reports::SenderOptions options{.host_name = settings.host_name, .from = settings.reports_from};
  if (options.from.empty()) options.from = "reports@" + settings.host_name;
  options.contact = settings.reports_contact;
  options.patience = kPatience;
  options.discovery.suffixes = ground.suffixes;
  options.post = ground.post;
  options.dry = wish.dry;
  options.told = wish.told;
  return options;
}

reports::FailureLimits failure_limits(const Settings& settings) {
  reports::FailureLimits limits;
  limits.of_domain = static_cast<std::uint32_t>(settings.reports_failures_per_day);
  return limits;
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

ReportService::ReportService(const Ground& ground, queue::Router router, ReportWish wish)
    : ground_(ground),
      wish_(std::move(wish)),
      results_(ground.rows, ground.clock, ground.random),
      failures_(ground.rows, ground.clock, ground.random, failure_limits(ground.settings)),
      sender_(ground.queue, std::move(router), ground.resolver, ground.clock, ground.random,
              options_of(ground, wish_)) {}

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
  const WallTime now = ground_.clock.wall();
  const auto tell = [this](View kind, const Result<std::size_t>& sent) {
    if (!sent) ground_.log.say(fmt::format("{} reports cannot be sent: {}", kind, sent.error().note));
    if (sent && *sent > 0) ground_.log.say(fmt::format("{} reports in the queue: {}", kind, *sent));
  };
  if (ground_.settings.reports_failure) tell("DMARC failure", send_failures(kAtOnce));
  if (!is_time(now)) return;
  if (ground_.settings.reports_dmarc) tell("DMARC", send_dmarc(kAtOnce));
  if (!stopping_ && now >= tls_again_) tell("TLS", send_tls(std::chrono::floor<std::chrono::days>(now), kAtOnce));
}

Result<void> ReportService::send_now() {
  const auto today = std::chrono::floor<std::chrono::days>(ground_.clock.wall());
  const std::chrono::sys_days before = wish_.today ? today + std::chrono::days(1) : today;
  if (ground_.settings.reports_dmarc) {
    if (const auto sent = send_dmarc(kAll); !sent) return fail(sent.error());
    const auto trial = wish_.today ? sender_.send_today(results_, kAll) : 0;
    if (!trial) return fail(trial.error());
  }
  const auto failed = ground_.settings.reports_failure ? send_failures(kAll) : 0;
  if (!failed) return fail(failed.error());
  const auto sent = ground_.settings.reports_tls ? send_tls(before, kAll) : 0;
  return sent ? Result<void>() : fail(sent.error());
}

Result<std::size_t> ReportService::send_failures(std::size_t most) {
  return sender_.send_failures(failures_, most, [this] { return stopping_.load(); });
}

Result<std::size_t> ReportService::send_dmarc(std::size_t most) {
  return sender_.send_due(results_, most, [this] { return stopping_.load(); });
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

Result<std::size_t> ReportService::send_tls(std::chrono::sys_days before, std::size_t most) {
  const WallTime now = ground_.clock.wall();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto days = ground_.tls.days_before(before);
  if (!days) return fail(days.error());
  std::size_t done = 0;
  std::size_t sent = 0;
  for (const auto& [day, counts] : *days) {
    std::set<std::string> ended;
    std::set<std::string> domains;
    for (const auto& [subject, sessions] : counts.counts()) domains.insert(subject.domain);
    for (const std::string& domain : domains) {
      if (done == most || stopping_) break;
      const bool given_up = !ground_.settings.reports_tls || today > day + kPatience;
      const Result<reports::Handed> handed =
          given_up ? reports::Handed::nobody : sender_.send(domain, policies(counts, domain), day);
      if (!handed || *handed == reports::Handed::later) continue;
      ended.insert(domain);
      ++done;
      if (*handed == reports::Handed::sent) ++sent;
    }
    if (wish_.dry || day == today) continue;
    if (auto kept = ground_.tls.forget(day, ended); !kept) return fail(std::move(kept.error()));
  }
  if (done == 0 && !days->empty()) tls_again_ = now + kAskAgain;
  return sent;
}

}  // namespace posthorn::servers
