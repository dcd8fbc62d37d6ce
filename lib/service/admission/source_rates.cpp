#include "posthorn/service/admission/source_rates.h"

#include <algorithm>
#include <utility>

namespace posthorn::admission {

namespace {

constexpr Duration kMinute = std::chrono::minutes(1);

/// Takes one from a bucket of so many a minute that is full again at `full`.
bool take(TimePoint& full, std::uint32_t per_minute, TimePoint now) {
  if (per_minute == 0) return true;
  const TimePoint filled = std::max(full, now) + kMinute / per_minute;
  if (filled - now > kMinute) return false;
  full = filled;
  return true;
}

}  // namespace

bool SourceRates::is_exempt(const IpAddress& source) const {
  return source.is_loopback() || std::any_of(limits_.exempt.begin(), limits_.exempt.end(),
                                             [&](const IpNetwork& network) { return network.contains(source); });
}

std::string SourceRates::key(const IpAddress& source) const {
  return source.is_v4() ? source.text() : source.masked(limits_.v6_bits).text();
}

SourceRates::Source& SourceRates::source(const IpAddress& source, TimePoint now) {
  std::string name = key(source);
  if (!sources_.contains(name) && sources_.size() >= limits_.max_tracked) forget_idle(now);
  Source& found = sources_[std::move(name)];
  found.last = now;
  return found;
}

// First those that have nothing to remember; when that is not enough, a tenth of those without a connection.
void SourceRates::forget_idle(TimePoint now) {
  std::erase_if(sources_, [&](const auto& entry) {
    const Source& s = entry.second;
    return s.open == 0 && s.connections_full <= now && s.messages_full <= now;
  });
  if (sources_.size() < limits_.max_tracked) return;
  std::vector<TimePoint> times;
  for (const auto& [name, s] : sources_) {
    if (s.open == 0) times.push_back(s.last);
  }
  if (times.empty()) return;
  const auto cut = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 10);
  std::nth_element(times.begin(), cut, times.end());
  std::erase_if(sources_, [&](const auto& entry) { return entry.second.open == 0 && entry.second.last <= *cut; });
}

bool SourceRates::opened(const IpAddress& address, TimePoint now) {
  if (is_exempt(address)) return true;
  const std::lock_guard lock(mutex_);
  Source& found = source(address, now);
  if (limits_.connections != 0 && found.open >= limits_.connections) return false;
  if (!take(found.connections_full, limits_.connections_per_minute, now)) return false;
  ++found.open;
  return true;
}

void SourceRates::closed(const IpAddress& address) {
  if (is_exempt(address)) return;
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(key(address));
  if (found != sources_.end() && found->second.open > 0) --found->second.open;
}

bool SourceRates::message(const IpAddress& address, TimePoint now) {
  if (is_exempt(address)) return true;
  const std::lock_guard lock(mutex_);
  return take(source(address, now).messages_full, limits_.messages_per_minute, now);
}

std::size_t SourceRates::tracked() const {
  const std::lock_guard lock(mutex_);
  return sources_.size();
}

}  // namespace posthorn::admission
