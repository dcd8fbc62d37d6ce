#include "shared/queue_policies.h"

namespace posthorn::servers {

namespace {

std::chrono::seconds seconds(std::uint64_t count) { return std::chrono::seconds(static_cast<std::int64_t>(count)); }
std::chrono::seconds hours(std::uint64_t count) { return seconds(count * 3600); }

}  // namespace

QueuePolicies::QueuePolicies(const Settings& settings, directory::Directory& directory, const Clock& clock)
    : settings_(settings),
      directory_(directory),
      clock_(clock),
      usual_tls_(parse_tls_policy(settings.outbound_tls, settings)) {}

std::optional<directory::Backup> QueuePolicies::backup(const std::string& domain) { return keep(domain).backup; }

Result<outbound::TlsPolicy> QueuePolicies::tls(const std::string& domain) {
  return keep(domain).tls.value_or(usual_tls_);
}

QueuePolicies::Kept QueuePolicies::keep(const std::string& domain) {
  const WallTime now = clock_.wall();
  {
    const std::lock_guard lock(mutex_);
    const auto known = kept_.find(domain);
    if (known != kept_.end() && now < known->second.until) return known->second;
  }
  Kept fresh{now + kKeep, std::nullopt, std::nullopt};
  if (directory::Backups* backups = directory_.backups()) {
    Result<directory::Backup> found = backups->backup(domain);
    if (found && found->on) fresh.backup = std::move(*found);
  }
  if (fresh.backup && !fresh.backup->tls.empty()) fresh.tls = parse_tls_policy(fresh.backup->tls, settings_);
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxKept) kept_.clear();
  kept_[domain] = fresh;
  return fresh;
}

queue::Policy QueuePolicies::policy(const queue::Destination& destination) {
  queue::Policy policy;
  policy.retention = hours(settings_.queue_retention_hours);
  policy.first_retry = seconds(settings_.queue_first_retry_seconds);
  policy.last_retry = seconds(settings_.queue_last_retry_seconds);
  policy.delay_after = hours(settings_.queue_delay_report_hours);
  policy.connections = static_cast<std::uint32_t>(settings_.queue_connections_per_destination);
  if (destination.is_local()) return policy;
  if (const auto backup = this->backup(destination.domain)) {
    policy.backup = true;
    policy.retention = backup->retention_at(clock_.wall());
    // Its sender is told only who asked for it: that a primary is down is what a fallback MX is there for.
    policy.delay_after = seconds(0);
    policy.messages_per_minute = static_cast<std::uint32_t>(settings_.queue_drain_per_minute);
    policy.contact = backup->contact;
  }
  return policy;
}

}  // namespace posthorn::servers
