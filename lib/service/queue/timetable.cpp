#include "service/queue/timetable.h"

#include <algorithm>

namespace posthorn::queue {

namespace {

constexpr std::chrono::seconds kMinute(60);

}  // namespace

std::uint32_t Timetable::number_of(const Destination& destination) {
  const auto [place, fresh] = numbers_.try_emplace(destination, static_cast<std::uint32_t>(lines_.size()));
  if (fresh) lines_.emplace_back().destination = destination;
  return place->second;
}

Timetable::Line& Timetable::line_of(const Destination& destination) { return lines_[number_of(destination)]; }

const Timetable::Line* Timetable::find(const Destination& destination) const {
  const auto place = numbers_.find(destination);
  return place == numbers_.end() ? nullptr : &lines_[place->second];
}

std::uint32_t Timetable::account_number(View account) {
  const auto known = account_numbers_.find(account);
  if (known != account_numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(account_numbers_.size());
  account_numbers_.emplace(own(account), number);
  return number;
}

void Timetable::add(const ItemKey& key, const Destination& destination, View account, WallTime next, bool held) {
  Entry entry;
  entry.line = number_of(destination);
  entry.account = account_number(account);
  entry.next = next;
  entry.held = held;
  const std::size_t before = entries_.size();
  const auto place = entries_.try_emplace(entries_.end(), key, entry);
  if (entries_.size() > before) enter(key, place->second);
}

void Timetable::enter(const ItemKey& key, Entry& entry) {
  // What comes is nearly always the newest: its place is at the end, and need not be searched.
  Line& line = lines_[entry.line];
  line.all.insert(line.all.end(), key);
  if (entry.held || frozen_.contains(entry.account)) {
    entry.state = State::held;
  } else if (entry.next == WallTime{}) {
    entry.state = State::ready;
    line.ready.insert(line.ready.end(), key);
  } else {
    entry.state = State::waiting;
    line.waiting.emplace(entry.next, key);
  }
  index(entry.line);
}

void Timetable::leave(const ItemKey& key, Entry& entry) {
  Line& line = lines_[entry.line];
  if (entry.state == State::active) {
    --line.active;
  } else {
    line.all.erase(key);
    line.ready.erase(key);
    line.waiting.erase({entry.next, key});
  }
  index(entry.line);
}

void Timetable::remove(const ItemKey& key) {
  const auto place = entries_.find(key);
  if (place == entries_.end()) return;
  leave(key, place->second);
  entries_.erase(place);
}

void Timetable::set_next(const ItemKey& key, WallTime next) {
  const auto place = entries_.find(key);
  if (place == entries_.end()) return;
  leave(key, place->second);
  place->second.next = next;
  enter(key, place->second);
}

void Timetable::set_held(const ItemKey& key, bool held) {
  const auto place = entries_.find(key);
  if (place == entries_.end()) return;
  place->second.held = held;
  if (place->second.state == State::active) return;
  leave(key, place->second);
  enter(key, place->second);
}

void Timetable::ripen(Line& line, WallTime now) {
  while (!line.waiting.empty() && line.waiting.begin()->first <= now) {
    const ItemKey key = line.waiting.begin()->second;
    line.waiting.erase(line.waiting.begin());
    line.ready.insert(key);
    entries_.at(key).state = State::ready;
  }
  while (!line.sent.empty() && line.sent.front() + kMinute <= now) line.sent.pop_front();
}

std::optional<ItemKey> Timetable::take(const Destination& destination, WallTime now) {
  Line& line = line_of(destination);
  ripen(line, now);
  const bool too_fast = line.per_minute > 0 && line.sent.size() >= line.per_minute;
  if (line.ready.empty() || line.blocked > now || too_fast) {
    index(numbers_.at(destination));
    return std::nullopt;
  }
  const ItemKey key = *line.ready.begin();
  if (line.per_minute > 0) line.sent.push_back(now);
  return take(key) ? std::optional(key) : std::nullopt;
}

bool Timetable::take(const ItemKey& key) {
  const auto place = entries_.find(key);
  if (place == entries_.end() || place->second.state == State::active) return false;
  leave(key, place->second);
  place->second.state = State::active;
  ++lines_[place->second.line].active;
  return true;
}

void Timetable::block(const Destination& destination, WallTime until) {
  line_of(destination).blocked = until;
  index(numbers_.at(destination));
}

void Timetable::flush(const Destination& destination) {
  Line& line = line_of(destination);
  line.blocked = {};
  for (const auto& [next, key] : line.waiting) {
    Entry& entry = entries_.at(key);
    entry.next = {};
    entry.state = State::ready;
    line.ready.insert(key);
  }
  line.waiting.clear();
  index(numbers_.at(destination));
}

void Timetable::set_frozen(View account, bool frozen) {
  const std::uint32_t number = account_number(account);
  const bool changed = frozen ? frozen_.insert(number).second : frozen_.erase(number) > 0;
  if (!changed) return;
  for (auto& [key, entry] : entries_) {
    if (entry.account != number || entry.state == State::active) continue;
    leave(key, entry);
    enter(key, entry);
  }
}

bool Timetable::is_frozen(View account) const {
  const auto known = account_numbers_.find(account);
  return known != account_numbers_.end() && frozen_.contains(known->second);
}

void Timetable::set_rate(const Destination& destination, std::uint32_t per_minute) {
  line_of(destination).per_minute = per_minute;
}

std::optional<WallTime> Timetable::may_start(const Line& line) const {
  if (line.ready.empty() && line.waiting.empty()) return std::nullopt;
  WallTime start = line.ready.empty() ? line.waiting.begin()->first : WallTime{};
  start = std::max(start, line.blocked);
  const bool too_fast = line.per_minute > 0 && line.sent.size() >= line.per_minute;
  return too_fast ? std::max(start, line.sent.front() + kMinute) : start;
}

void Timetable::index(std::uint32_t number) {
  Line& line = lines_[number];
  const std::optional<WallTime> start = may_start(line);
  if (line.indexed == start) return;
  if (line.indexed) due_.erase({*line.indexed, number});
  if (start) due_.emplace(*start, number);
  line.indexed = start;
}

std::vector<Destination> Timetable::ready(WallTime now) {
  std::vector<Destination> found;
  for (auto place = due_.begin(); place != due_.end() && place->first <= now; ++place) {
    found.push_back(lines_[place->second].destination);
  }
  return found;
}

std::optional<WallTime> Timetable::due(WallTime now) const {
  const auto place = due_.upper_bound({now, UINT32_MAX});
  return place == due_.end() ? std::nullopt : std::optional(place->first);
}

std::optional<ItemKey> Timetable::oldest(const Destination& destination) const {
  const Line* line = find(destination);
  return line == nullptr || line->all.empty() ? std::nullopt : std::optional(*line->all.begin());
}

std::vector<ItemKey> Timetable::older_than(const Destination& destination, const MessageId& after,
                                           WallTime until) const {
  std::vector<ItemKey> found;
  const Line* line = find(destination);
  if (line == nullptr) return found;
  for (auto place = line->all.upper_bound({after, UINT16_MAX}); place != line->all.end(); ++place) {
    if (place->message.time() > until) break;
    if (entries_.at(*place).state != State::held) found.push_back(*place);
  }
  return found;
}

std::vector<Destination> Timetable::destinations() const {
  std::vector<Destination> found;
  for (const Line& line : lines_) {
    if (!line.all.empty() || line.active > 0) found.push_back(line.destination);
  }
  return found;
}

std::vector<ItemKey> Timetable::items_of(const MessageId& id) const {
  std::vector<ItemKey> found;
  for (auto place = entries_.lower_bound({id, 0}); place != entries_.end() && place->first.message == id; ++place) {
    found.push_back(place->first);
  }
  return found;
}

std::vector<ItemKey> Timetable::items_to(const Destination& destination) const {
  const Line* line = find(destination);
  return line == nullptr ? std::vector<ItemKey>() : std::vector<ItemKey>(line->all.begin(), line->all.end());
}

std::optional<Timetable::State> Timetable::state(const ItemKey& key) const {
  const auto place = entries_.find(key);
  return place == entries_.end() ? std::nullopt : std::optional(place->second.state);
}

std::size_t Timetable::count(const Destination& destination) const {
  const Line* line = find(destination);
  return line == nullptr ? 0 : line->all.size() + line->active;
}

}  // namespace posthorn::queue
