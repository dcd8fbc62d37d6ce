#include "shared/tls_reports.h"

#include <utility>

#include "posthorn/grammar/cursor.h"

namespace posthorn::servers {

namespace {

constexpr View kCounts = "t:";    // of a day
constexpr View kPolicies = "s:";  // MTA-STS, of a domain

std::chrono::sys_days day_of(WallTime now) { return std::chrono::floor<std::chrono::days>(now); }

std::string day_key(std::chrono::sys_days day) { return own(kCounts) + std::to_string(day.time_since_epoch().count()); }

}  // namespace

Result<void> TlsReports::load() {
  const std::lock_guard lock(mutex_);
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
  tlsrpt::Collector counts;
  const std::chrono::sys_days today = day_of(clock_.wall());
  std::chrono::sys_days day;
  {
    const std::lock_guard lock(mutex_);
    std::swap(counts, collector_);
    day = std::exchange(day_, today);
    policies_.expire(clock_.wall());
    for (const std::string& domain : fresh_) {
      if (const auto entry = policies_.find(domain, clock_.wall()))
        batch.put(own(kPolicies) + domain, mta_sts::format_entry(*entry));
    }
    fresh_.clear();
  }
  auto added = add(day, counts);
  if (!added) {
    const std::lock_guard lock(mutex_);
    for (const auto& [subject, sessions] : counts.counts()) collector_.count(subject, sessions);
  }
  if (batch.empty()) return added;
  const auto committed = rows_.commit(batch, store::Durability::relaxed);
  return committed ? added : fail(committed.error());
}

/// Other processes count too: what is new is added to what is there.
Result<void> TlsReports::add(std::chrono::sys_days day, const tlsrpt::Collector& counts) {
  if (counts.counts().empty()) return {};
  Error last;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto row = rows_.get(day_key(day));
    if (!row) return fail(row.error());
    tlsrpt::Collector all;
    if (*row) static_cast<void>(all.add((*row)->value));  // counts that cannot be read are begun anew
    for (const auto& [subject, sessions] : counts.counts()) all.count(subject, sessions);
    store::Batch batch;
    batch.expect(day_key(day), *row ? std::optional((*row)->written) : std::nullopt).put(day_key(day), all.format());
    const auto committed = rows_.commit(batch, store::Durability::relaxed);
    if (committed) return {};
    last = committed.error();
    if (last.code != Code::conflict) break;
  }
  return fail(std::move(last));
}

Result<std::vector<TlsReports::Day>> TlsReports::days_before(std::chrono::sys_days today) const {
  std::vector<Day> days;
  const auto scanned = rows_.scan(kCounts, day_key(today), [&](View key, View value, store::Revision) {
    Cursor c(key.substr(kCounts.size()));
    std::uint32_t day = 0;
    if (!c.number(day) || !c.end()) return true;
    days.push_back({std::chrono::sys_days(std::chrono::days(day)), tlsrpt::Collector()});
    static_cast<void>(days.back().counts.add(value));  // what cannot be read counts as nothing, and is forgotten
    return true;
  });
  if (!scanned) return fail(scanned.error());
  return days;
}

Result<void> TlsReports::forget(std::chrono::sys_days day, const std::set<std::string>& domains) {
  const auto row = rows_.get(day_key(day));
  if (!row) return fail(row.error());
  tlsrpt::Collector all;
  if (*row) static_cast<void>(all.add((*row)->value));
  tlsrpt::Collector left;
  for (const auto& [subject, sessions] : all.counts()) {
    if (!domains.contains(subject.domain)) left.count(subject, sessions);
  }
  store::Batch batch;
  if (left.counts().empty()) batch.erase(day_key(day));
  if (!left.counts().empty()) batch.put(day_key(day), left.format());
  const auto committed = rows_.commit(batch);
  return committed ? Result<void>() : fail(committed.error());
}

std::optional<mta_sts::Policy> TlsReports::policy(const std::string& domain) {
  const std::lock_guard lock(mutex_);
  const auto entry = policies_.find(domain, clock_.wall());
  return entry ? std::optional(entry->policy) : std::nullopt;
}

}  // namespace posthorn::servers
