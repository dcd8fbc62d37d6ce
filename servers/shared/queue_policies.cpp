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

Result<outbound::TlsPolicy> QueuePolicies::way(const std::string& domain) {
  const Kept kept = keep(domain);
  if (kept.unread) return fail(*kept.unread);
  Result<outbound::TlsPolicy> way = kept.tls.value_or(usual_tls_);
  if (!way) return way;
  if (kept.backup && !kept.backup->next_hop.empty()) {
    way->next_hop = outbound::NextHop{kept.backup->next_hop, kept.backup->port};
  } else if (!settings_.outbound_next_hop.empty()) {
    way->next_hop = outbound::NextHop{settings_.outbound_next_hop, static_cast<std::uint16_t>(settings_.outbound_port)};
  }
  return way;
}

QueuePolicies::Kept QueuePolicies::keep(const std::string& domain) {
  const WallTime now = clock_.wall();
  {
    const std::lock_guard lock(mutex_);
    const auto known = kept_.find(domain);
    if (known != kept_.end() && now < known->second.until) return known->second;
  }
  Kept fresh = read(domain);
  fresh.until = now + kKeep;
  const std::lock_guard lock(mutex_);
  if (fresh.unread) {
    const auto known = kept_.find(domain);
    if (known != kept_.end() && !known->second.unread) {
      known->second.until = fresh.until;
      return known->second;
    }
  }
  if (kept_.size() >= kMaxKept) kept_.clear();
  kept_[domain] = fresh;
  return fresh;
}

QueuePolicies::Kept QueuePolicies::read(const std::string& domain) {
  Kept fresh;
  directory::Backups* backups = directory_.backups();
  if (backups == nullptr) return fresh;
  Result<directory::Backup> found = backups->backup(domain);
  if (!found && found.error().code != Code::not_found) fresh.unread = found.error();
  if (!found || !found->on) return fresh;
  if (!found->tls.empty()) fresh.tls = parse_tls_policy(found->tls, settings_);
  fresh.backup = std::move(*found);
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
  const Kept kept = keep(destination.domain);
  if (kept.unread) {
    // It may be a backup domain: nothing is given up, and nobody is told, for a directory that cannot be read.
    policy.retention = directory::kMaxRetention;
    policy.delay_after = seconds(0);
  }
  if (const auto& backup = kept.backup) {
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
