#include "posthorn/service/reports/dmarc_results.h"

#include <algorithm>

#include "posthorn/bytes/codec/gzip.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/unpack.h"

namespace posthorn::reports {

namespace {

constexpr View kRows = "r:";  // of the partition, with the day, the domain and a number for each chunk
constexpr std::size_t kBatch = store::kMaxBatch / 2;

std::chrono::sys_days day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

std::string day_key(std::chrono::sys_days day) {
  return own(kRows) + std::to_string(day.time_since_epoch().count()) + ":";
}

std::string subject_key(const DayOf& subject) { return day_key(subject.day) + subject.domain + ":"; }

std::optional<DayOf> subject_of(View key) {
  Cursor c(key.substr(kRows.size()));
  std::uint32_t day = 0;
  if (!c.number(day) || !c.octet(':')) return std::nullopt;
  const View rest = c.rest();
  return DayOf{std::chrono::sys_days(std::chrono::days(day)), own(rest.substr(0, rest.find(':')))};
}

/// "b.c" of "a.b.c".
View last_labels(View domain) {
  const std::size_t last = domain.rfind('.');
  if (last == View::npos || last == 0) return domain;
  const std::size_t before = domain.rfind('.', last - 1);
  return before == View::npos ? domain : domain.substr(before + 1);
}

}  // namespace

DmarcResults::DmarcResults(store::Partition& rows, const Clock& clock, Random& random, ResultLimits limits)
    : rows_(rows), clock_(clock), random_(random), limits_(limits), saved_(clock.wall()) {}

void DmarcResults::add(const dmarc::Verdict& verdict, dmarc::Row row) {
  if (!verdict.record || verdict.record->aggregate_to.empty()) return;
  const std::lock_guard lock(mutex_);
  const WallTime now = clock_.wall();
  if (day_of(now) != day_) {
    day_ = day_of(now);
    of_day_ = 0;
    domains_.clear();
  }
  if (held_ < limits_.rows_held && of_day_ < limits_.rows_of_day && may_report(verdict)) {
    Chunk& chunk = chunk_of({day_, verdict.policy_domain});
    const std::size_t before = chunk.counts.size();
    chunk.policy = dmarc::published(verdict);
    chunk.counts.count(std::move(row));
    chunk.changed = true;
    held_ += chunk.counts.size() - before;
    of_day_ += chunk.counts.size() - before;
    if (now < saved_ + limits_.save && held_ < limits_.rows_held && chunk.counts.size() < limits_.rows_of_domain)
      return;
  } else if (now < saved_ + limits_.save) {
    return;
  }
  static_cast<void>(write());  // what cannot be written is tried again
}

Result<void> DmarcResults::save() {
  const std::lock_guard lock(mutex_);
  return write();
}

/// Whether a domain has been counted today, or there is room for another one.
bool DmarcResults::may_report(const dmarc::Verdict& verdict) {
  const std::string& domain = verdict.policy_domain;
  const std::string organization = "o:" + verdict.organizational_domain;
  const std::string labels = "l:" + own(last_labels(domain));
  const auto of_organization = domains_.find(organization);
  if (of_organization != domains_.end() &&
      std::ranges::find(of_organization->second, domain) != of_organization->second.end())
    return true;
  // Who is refused leaves nothing behind.
  const auto has_room = [&](const std::string& name, std::size_t most) {
    const auto found = domains_.find(name);
    return (found == domains_.end() ? 0 : found->second.size()) < most;
  };
  if (!has_room(organization, limits_.domains_of_organization) || !has_room(labels, limits_.domains_of_two_labels))
    return false;
  domains_[organization].push_back(domain);
  domains_[labels].push_back(domain);
  return true;
}

DmarcResults::Chunk& DmarcResults::chunk_of(const DayOf& subject) {
  auto found = chunks_.find(subject);
  if (found == chunks_.end()) {
    Chunk chunk;
    chunk.key = subject_key(subject) + std::to_string(random_.number());
    found = chunks_.emplace(subject, std::move(chunk)).first;
  }
  return found->second;
}

Result<void> DmarcResults::write() {
  saved_ = clock_.wall();
  store::Batch batch;
  std::vector<Chunk*> written;
  const auto commit = [&]() -> Result<void> {
    if (batch.empty()) return {};
    const auto committed = rows_.commit(batch, store::Durability::relaxed);
    if (!committed) return fail(committed.error());
    for (Chunk* chunk : written) chunk->changed = false;
    written.clear();
    batch = {};
    return {};
  };
  for (auto& [subject, chunk] : chunks_) {
    if (!chunk.changed) continue;
    batch.put(chunk.key, codec::gzip(format_aggregate({.policy = chunk.policy, .rows = chunk.counts.rows()})));
    written.push_back(&chunk);
    if (batch.octets() < kBatch) continue;
    if (auto done = commit(); !done) return done;
  }
  if (auto done = commit(); !done) return done;
  let_go(day_of(saved_));
  return {};
}

/// Chunks that are written need not be held: the next row begins another one.
void DmarcResults::let_go(std::chrono::sys_days today) {
  const bool all = held_ >= limits_.rows_held;
  for (auto chunk = chunks_.begin(); chunk != chunks_.end();) {
    const bool full = chunk->second.counts.size() >= limits_.rows_of_domain;
    if (!all && !full && chunk->first.day == today) {
      ++chunk;
      continue;
    }
    held_ -= chunk->second.counts.size();
    chunk = chunks_.erase(chunk);
  }
}

Result<std::vector<DayOf>> DmarcResults::due(std::chrono::sys_days today, std::size_t most) const {
  std::vector<DayOf> subjects;
  const auto scanned = rows_.scan(kRows, day_key(today), [&](View key, View, store::Revision) {
    auto subject = subject_of(key);
    if (subject && (subjects.empty() || subjects.back() != *subject)) {
      if (subjects.size() == most) return false;
      subjects.push_back(std::move(*subject));
    }
    return true;
  });
  if (!scanned) return fail(scanned.error());
  return subjects;
}

Result<dmarc::AggregateReport> DmarcResults::collected(const DayOf& subject) const {
  dmarc::AggregateReport report;
  dmarc::Aggregate counts(XmlLimits().rows);
  std::size_t taken = 0;       // octets of XML
  std::uint64_t left_out = 0;  // messages
  const std::string prefix = subject_key(subject);
  const auto scanned = rows_.scan(prefix, store::after_prefix(prefix), [&](View, View value, store::Revision) {
    // What cannot be read is not reported.
    const auto octets = unpack(value);
    auto part = octets ? parse_aggregate(*octets) : fail(octets.error());
    if (!part) return true;
    report.policy = std::move(part->policy);
    for (dmarc::CountedRow& row : part->rows) {
      const std::size_t added = counts.knows(row.row) ? 0 : formatted_octets(row);
      if (added > limits_.octets_of_report - taken) {
        left_out += row.count;
        continue;
      }
      taken += added;
      counts.count(std::move(row.row), row.count);
    }
    return true;
  });
  if (!scanned) return fail(scanned.error());
  report.version = "1.0";
  report.begin = subject.day;
  report.end = subject.day + std::chrono::days(1) - std::chrono::seconds(1);
  report.rows = counts.rows();
  left_out += counts.dropped();
  if (left_out > 0)
    report.errors.push_back("the report would be too large: " + std::to_string(left_out) + " messages are left out");
  return report;
}

Result<void> DmarcResults::forget(const DayOf& subject) {
  store::Batch batch;
  const std::string prefix = subject_key(subject);
  const auto scanned = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    batch.erase(key);
    return true;
  });
  if (!scanned) return fail(scanned.error());
  if (batch.empty()) return {};
  const auto committed = rows_.commit(batch);
  return committed ? Result<void>() : fail(committed.error());
}

}  // namespace posthorn::reports
