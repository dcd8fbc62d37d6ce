#include "posthorn/service/directory/login_guard.h"

#include <algorithm>
#include <vector>

#include "posthorn/grammar/char_set.h"

namespace posthorn::directory {

namespace {

constexpr std::size_t kMaxName = 320;   // octets of a login in a key: the longest address
constexpr std::size_t kMaxSource = 64;  // octets of a source in a key

std::string folded(View text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

}  // namespace

LoginGuard::Keys LoginGuard::keys_of(View login, View source) {
  login = login.substr(0, kMaxName);
  source = source.substr(0, kMaxSource);
  Keys keys;
  if (!login.empty()) keys.login = "l" + folded(login);
  if (!source.empty()) keys.source = "s" + own(source);
  if (!login.empty() && !source.empty()) keys.pair = "p" + folded(login) + '\0' + own(source);
  return keys;
}

std::uint32_t LoginGuard::failures_of(const std::string& key, TimePoint now) const {
  const auto found = counts_.find(key);
  if (found == counts_.end() || now - found->second.last > limits_.forget_after) return 0;
  return found->second.failures;
}

bool LoginGuard::is_trusted(const Keys& keys, TimePoint now) const {
  const auto found = counts_.find(keys.pair);
  return found != counts_.end() && found->second.trusted && now - *found->second.trusted <= limits_.trust_for;
}

std::uint32_t LoginGuard::judged_failures(const Keys& keys, TimePoint now) const {
  if (is_trusted(keys, now)) return failures_of(keys.pair, now);
  return std::max(failures_of(keys.login, now), failures_of(keys.source, now));
}

bool LoginGuard::admits(View login, View source, TimePoint now) {
  const std::lock_guard lock(mutex_);
  latest_ = std::max(latest_, now);
  return judged_failures(keys_of(login, source), now) < limits_.max_failures;
}

Duration LoginGuard::failed(View login, View source, TimePoint now) {
  const std::lock_guard lock(mutex_);
  latest_ = std::max(latest_, now);
  const Keys keys = keys_of(login, source);
  for (const std::string* key : {&keys.login, &keys.source, &keys.pair}) {
    if (!key->empty()) count(*key, now);
  }
  const std::uint32_t failures = judged_failures(keys, now);
  forget_old(now);
  Duration delay = limits_.first_delay;
  for (std::uint32_t i = 1; i < failures && delay < limits_.max_delay; ++i) delay *= 2;
  return std::min(delay, limits_.max_delay);
}

void LoginGuard::succeeded(View login, View source) {
  const std::lock_guard lock(mutex_);
  const Keys keys = keys_of(login, source);
  if (keys.pair.empty()) return;
  const std::uint32_t own_failures = failures_of(keys.pair, latest_);
  take_back(keys.login, own_failures);
  take_back(keys.source, own_failures);
  Count& pair = counts_[keys.pair];
  pair = {0, latest_, latest_};
  forget_old(latest_);
}

std::size_t LoginGuard::tracked() const {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

void LoginGuard::count(const std::string& key, TimePoint now) {
  Count& found = counts_[key];
  if (now - found.last > limits_.forget_after) found.failures = 0;
  ++found.failures;
  found.last = now;
}

void LoginGuard::take_back(const std::string& key, std::uint32_t failures) {
  const auto found = counts_.find(key);
  if (found == counts_.end()) return;
  found->second.failures -= std::min(failures, found->second.failures);
  if (found->second.failures == 0) counts_.erase(found);
}

void LoginGuard::forget_old(TimePoint now) {
  if (counts_.size() <= limits_.max_tracked) return;
  std::erase_if(counts_, [&](const auto& row) {
    const Count& c = row.second;
    return now - c.last > limits_.forget_after && (!c.trusted || now - *c.trusted > limits_.trust_for);
  });
  if (counts_.size() <= limits_.max_tracked) return;
  // Everything is fresh: drop the oldest tenth at once, so that this is rare.
  std::vector<TimePoint> times;
  times.reserve(counts_.size());
  for (const auto& [key, c] : counts_) times.push_back(c.last);
  const std::size_t excess = counts_.size() - limits_.max_tracked + limits_.max_tracked / 10;
  const auto cut = times.begin() + static_cast<std::ptrdiff_t>(std::min(excess, times.size() - 1));
  std::nth_element(times.begin(), cut, times.end());
  const TimePoint oldest_kept = *cut;
  std::erase_if(counts_, [&](const auto& row) { return row.second.last < oldest_kept; });
  // Many rows may share one time (a test, or one burst): the limit holds all the same.
  while (counts_.size() > limits_.max_tracked) counts_.erase(counts_.begin());
}

}  // namespace posthorn::directory
