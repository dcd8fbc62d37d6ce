#include "shared/tls_reports.h"

#include <utility>

#include "posthorn/grammar/cursor.h"

namespace posthorn::servers {

namespace {

constexpr View kCounts = "t:";    // of a day and a policy domain
constexpr View kPolicies = "s:";  // MTA-STS, of a domain

constexpr std::size_t kBatch = store::kMaxBatch / 2;
constexpr std::size_t kSubjects = 1000;  // of one row, half a MiB of the longest names: what is new after that is lost
constexpr int kAttempts = 3;             // at rows that other processes write too

std::chrono::sys_days day_of(WallTime now) { return std::chrono::floor<std::chrono::days>(now); }

std::string day_key(std::chrono::sys_days day) {
  return own(kCounts) + std::to_string(day.time_since_epoch().count()) + ":";
}

tlsrpt::Collector counts_in(View value) {
  tlsrpt::Collector counts(kSubjects);
  static_cast<void>(counts.add(value));  // what cannot be read counts as nothing
  return counts;
}

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
  Domains news;
  const std::chrono::sys_days today = day_of(clock_.wall());
  std::chrono::sys_days day;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [subject, sessions] : collector_.counts()) news[subject.domain].count(subject, sessions);
    collector_ = tlsrpt::Collector();
    day = std::exchange(day_, today);
    policies_.expire(clock_.wall());
    for (const std::string& domain : fresh_) {
      if (const auto entry = policies_.find(domain, clock_.wall()))
        batch.put(own(kPolicies) + domain, mta_sts::format_entry(*entry));
    }
    fresh_.clear();
  }
  auto added = add(day, news);
  if (!added) {
    const std::lock_guard lock(mutex_);
    for (const auto& [domain, counts] : news) {
      for (const auto& [subject, sessions] : counts.counts()) collector_.count(subject, sessions);
    }
  }
  if (batch.empty()) return added;
  const auto committed = rows_.commit(batch, store::Durability::relaxed);
  return committed ? added : fail(committed.error());
}

/// Other processes count too: what is new is added to what is there. @param news  what is written is taken out of it
Result<void> TlsReports::add(std::chrono::sys_days day, Domains& news) {
  int attempts = 0;
  while (!news.empty()) {
    store::Batch batch;
    auto end = news.begin();
    for (; end != news.end() && batch.octets() < kBatch; ++end) {
      const std::string key = day_key(day) + end->first;
      const auto row = rows_.get(key);
      if (!row) return fail(row.error());
      tlsrpt::Collector all = counts_in(*row ? View((*row)->value) : View());
      for (const auto& [subject, sessions] : end->second.counts()) all.count(subject, sessions);
      batch.expect(key, *row ? std::optional((*row)->written) : std::nullopt).put(key, all.format());
    }
    const auto committed = rows_.commit(batch, store::Durability::relaxed);
    if (committed) {
      news.erase(news.begin(), end);
      attempts = 0;
    } else if (committed.error().code != Code::conflict || ++attempts == kAttempts) {
      return fail(committed.error());
    }
  }
  return {};
}

Result<std::vector<reports::DayOf>> TlsReports::due(std::chrono::sys_days today) const {
  std::vector<reports::DayOf> subjects;
  const auto scanned = rows_.scan(kCounts, day_key(today), [&](View key, View, store::Revision) {
    Cursor c(key.substr(kCounts.size()));
    std::uint32_t day = 0;
    if (c.number(day) && c.octet(':'))
      subjects.push_back({std::chrono::sys_days(std::chrono::days(day)), own(c.rest())});
    return true;
  });
  if (!scanned) return fail(scanned.error());
  return subjects;
}

Result<TlsReports::Counted> TlsReports::counted(const reports::DayOf& subject) const {
  const auto row = rows_.get(day_key(subject.day) + subject.domain);
  if (!row) return fail(row.error());
  if (!*row) return Counted();
  return Counted{counts_in((*row)->value), (*row)->written};
}

Result<void> TlsReports::forget(const reports::DayOf& subject, const Counted& counted) {
  const std::string key = day_key(subject.day) + subject.domain;
  store::Batch batch;
  batch.expect(key, counted.written).erase(key);
  const auto committed = rows_.commit(batch);
  return committed || committed.error().code == Code::conflict ? Result<void>() : fail(committed.error());
}

std::optional<mta_sts::Policy> TlsReports::policy(const std::string& domain) {
  const std::lock_guard lock(mutex_);
  const auto entry = policies_.find(domain, clock_.wall());
  return entry ? std::optional(entry->policy) : std::nullopt;
}

}  // namespace posthorn::servers
