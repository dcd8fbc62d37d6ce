#include "shared/report_service.h"

#include <algorithm>
#include <tuple>

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
constexpr std::chrono::days kForgetTried(1);
// What one pass over TLS reports may take: web servers that say nothing must not keep other reports waiting.
constexpr std::chrono::minutes kPass(5);
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
  if (!stopping_ && now >= tls_again_)
    tell("TLS", send_tls(std::chrono::floor<std::chrono::days>(now), kAtOnce, ground_.clock.wall() + kPass));
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
  const auto sent = ground_.settings.reports_tls ? send_tls(before, kAll, WallTime::max()) : 0;
  return sent ? Result<void>() : fail(sent.error());
}

Result<std::size_t> ReportService::send_failures(std::size_t most) {
  return sender_.send_failures(failures_, most, stopper());
}

Result<std::size_t> ReportService::send_dmarc(std::size_t most) { return sender_.send_due(results_, most, stopper()); }

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

/// Whoever does not answer waits for an hour, and then comes after all who were not asked yet.
std::vector<ReportService::Turn> ReportService::turns(const std::vector<reports::DayOf>& due, WallTime now) {
  std::erase_if(tls_tried_, [&](const auto& row) { return row.second + kForgetTried <= now; });
  std::vector<Turn> turns;
  tls_again_ = due.empty() ? now : now + kAskAgain;
  for (const reports::DayOf& subject : due) {
    const auto tried = tls_tried_.find(subject);
    const WallTime when = tried == tls_tried_.end() ? WallTime() : tried->second;
    if (when + kAskAgain <= now) turns.push_back({when, subject});
    tls_again_ = std::min(tls_again_, std::max(now, when + kAskAgain));
  }
  std::ranges::sort(turns, {}, [](const Turn& turn) { return std::tie(turn.tried, turn.of); });
  return turns;
}

/// Forgets what is sent, or what nobody wants.
Result<reports::Handed> ReportService::send_tls(const reports::DayOf& subject) {
  const auto today = std::chrono::floor<std::chrono::days>(ground_.clock.wall());
  const auto counted = ground_.tls.counted(subject);
  if (!counted) return fail(counted.error());
  const bool given_up = !ground_.settings.reports_tls || today > subject.day + kPatience;
  auto handed = given_up
                    ? reports::Handed::nobody
                    : sender_.send(subject.domain, policies(counted->counts, subject.domain), subject.day, stopper());
  if (!handed || *handed == reports::Handed::later || wish_.dry || subject.day == today) return handed;
  if (auto forgotten = ground_.tls.forget(subject, *counted); !forgotten) return fail(std::move(forgotten.error()));
  return handed;
}

Result<std::size_t> ReportService::send_tls(std::chrono::sys_days before, std::size_t most, WallTime until) {
  const WallTime now = ground_.clock.wall();
  const auto due = ground_.tls.due(before);
  if (!due) return fail(due.error());
  std::size_t tried = 0;
  std::size_t sent = 0;
  std::optional<Error> failed;  // one alone keeps nobody waiting
  for (const Turn& turn : turns(*due, now)) {
    if (tried++ == most || stopping_ || ground_.clock.wall() >= until) break;
    const auto handed = send_tls(turn.of);
    if (!handed || *handed == reports::Handed::later) tls_tried_[turn.of] = now;
    if (handed && *handed == reports::Handed::sent) ++sent;
    if (!handed) failed = handed.error();
  }
  return failed ? fail(std::move(*failed)) : Result<std::size_t>(sent);
}

}  // namespace posthorn::servers
