#include "posthorn/protocol/mta_sts/cache.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/cursor.h"

namespace posthorn::mta_sts {

namespace {

/// Makes room for one more: what is least of all worth keeping goes.
template <class Map, class Worth>
void make_room(Map& map, std::size_t most, Worth worth) {
  if (map.size() < most || map.empty()) return;
  map.erase(std::ranges::min_element(map, {}, [&](const auto& row) { return worth(row.second); }));
}

}  // namespace

bool needs_fetch(const std::optional<Entry>& known, const std::optional<Record>& record, WallTime now) {
  if (!record) return false;
  return !known || known->expires() <= now || known->id != record->id;
}

std::string format_entry(const Entry& entry) {
  return entry.id + " " + std::to_string(entry.fetched.time_since_epoch().count()) + "\n" + format_policy(entry.policy);
}

Result<Entry> parse_entry(View text) {
  Cursor c(text);
  View id;
  std::uint64_t seconds = 0;
  constexpr std::uint64_t kMost = 1ULL << 40U;  // some 30,000 years: no sum of it and an age overflows
  const bool head = c.run(chars::kAlnum, id) && c.sp() && c.number(seconds, kMost) && c.octet('\n');
  if (!head) return fail(environment_error(Code::corrupt, "a policy that is kept"));
  auto policy = parse_policy(c.rest());
  if (!policy) return fail(environment_error(Code::corrupt, "a policy that is kept: " + policy.error().note));
  return Entry{own(id), std::move(*policy), WallTime(std::chrono::seconds(seconds))};
}

std::optional<Entry> Cache::find(View domain, WallTime now) const {
  const auto found = entries_.find(domain);
  if (found == entries_.end() || found->second.expires() <= now) return std::nullopt;
  return found->second;
}

bool Cache::may_fetch(View domain, WallTime now) const {
  const auto failure = failures_.find(domain);
  return failure == failures_.end() || now >= failure->second + limits_.retry;
}

bool Cache::wants_refresh(View domain, WallTime now) const {
  const auto entry = find(domain, now);
  if (!entry || entry->policy.mode == Mode::none) return false;
  // A policy for less time than that is fetched anew at the half of it.
  const std::chrono::seconds left = std::min(limits_.refresh, entry->policy.max_age / 2);
  return now + left >= entry->expires() && may_fetch(domain, now);
}

void Cache::put(View domain, Entry entry) {
  const auto failure = failures_.find(domain);
  if (failure != failures_.end()) failures_.erase(failure);
  if (!entries_.contains(domain)) make_room(entries_, limits_.domains, [](const Entry& e) { return e.expires(); });
  entries_.insert_or_assign(own(domain), std::move(entry));
}

void Cache::failed(View domain, WallTime now) {
  if (!failures_.contains(domain)) make_room(failures_, limits_.domains, [](WallTime at) { return at; });
  failures_.insert_or_assign(own(domain), now);
}

void Cache::expire(WallTime now) {
  std::erase_if(entries_, [&](const auto& row) { return row.second.expires() <= now; });
  std::erase_if(failures_, [&](const auto& row) { return row.second + limits_.retry <= now; });
}

}  // namespace posthorn::mta_sts
