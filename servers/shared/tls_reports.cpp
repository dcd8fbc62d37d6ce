#include "shared/tls_reports.h"

namespace posthorn::servers {

namespace {

constexpr View kCounts = "t:";    // of a day
constexpr View kPolicies = "s:";  // MTA-STS, of a domain

std::string day_key(WallTime now) {
  return own(kCounts) + std::to_string(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
}

}  // namespace

Result<void> TlsReports::load() {
  const std::lock_guard lock(mutex_);
  const auto counts = rows_.get(day_key(clock_.wall()));
  if (!counts) return fail(counts.error());
  if (*counts) static_cast<void>(collector_.add((*counts)->value));  // counts that cannot be read are begun anew
  day_ = day_key(clock_.wall());
  return rows_.scan(kPolicies, store::after_prefix(kPolicies), [&](View key, View value, store::Revision) {
    // A policy that cannot be read is fetched again.
    if (auto entry = mta_sts::parse_entry(value)) policies_.put(key.substr(kPolicies.size()), std::move(*entry));
    return true;
  });
}

void TlsReports::recall(const std::string& domain, outbound::RouteOptions& options) {
  const std::lock_guard lock(mutex_);
  const WallTime now = clock_.wall();
  options.known = policies_.find(domain, now);
  options.may_fetch = policies_.may_fetch(domain, now);
}

void TlsReports::learn(const std::string& domain, const outbound::Routing& routing) {
  const std::lock_guard lock(mutex_);
  for (const tlsrpt::Subject& finding : routing.findings) collector_.count(finding);
  if (routing.learned) {
    policies_.put(domain, *routing.learned);
    fresh_.push_back(domain);
  }
  if (routing.fetch_failed) policies_.failed(domain, clock_.wall());
}

void TlsReports::count(const outbound::Hop& hop, const io::CallEnd& end, bool served) {
  tlsrpt::Subject subject{hop.policy_type, hop.policy_domain, hop.host, std::nullopt};
  if (end.refused) {
    if (!end.refused->failure) return;  // the other side is not to blame
    subject.result = end.refused->failure;
  } else if (end.achieved) {
    subject.result = end.achieved->doubt;
  } else if (served || hop.tls.needs_tls()) {
    subject.result = tls::Failure::starttls_not_supported;
  } else {
    return;
  }
  const std::lock_guard lock(mutex_);
  collector_.count(subject);
}

Result<void> TlsReports::save() {
  store::Batch batch;
  {
    const std::lock_guard lock(mutex_);
    const std::string today = day_key(clock_.wall());
    if (!collector_.counts().empty()) batch.put(day_, collector_.format());
    if (day_ != today) collector_ = tlsrpt::Collector();
    day_ = today;
    policies_.expire(clock_.wall());
    for (const std::string& domain : fresh_) {
      if (const auto entry = policies_.find(domain, clock_.wall()))
        batch.put(own(kPolicies) + domain, mta_sts::format_entry(*entry));
    }
    fresh_.clear();
  }
  if (batch.empty()) return {};
  const auto committed = rows_.commit(batch, store::Durability::relaxed);
  return committed ? Result<void>() : fail(committed.error());
}

}  // namespace posthorn::servers
