#include "service/queue/timetable.h"

#include <algorithm>
#include <utility>

namespace posthorn::queue {

namespace {

constexpr std::chrono::seconds kMinute(60);

}  // namespace

std::uint32_t Timetable::number_of(const Destination& destination) {
  const auto [place, fresh] = numbers_.try_emplace(destination, static_cast<std::uint32_t>(lines_.size()));
  if (!fresh) return place->second;
  if (free_lines_.empty()) {
    lines_.emplace_back(memory_);
  } else {
    place->second = free_lines_.back();
    free_lines_.pop_back();
  }
  lines_[place->second].destination = destination;
  return place->second;
}

const Timetable::Line* Timetable::find(const Destination& destination) const {
  const auto place = numbers_.find(destination);
  return place == numbers_.end() ? nullptr : &lines_[place->second];
}

Timetable::Line* Timetable::find(const Destination& destination) {
  return const_cast<Line*>(std::as_const(*this).find(destination));
}

std::uint32_t Timetable::account_number(View account) {
  const auto known = account_numbers_.find(account);
  if (known != account_numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(account_numbers_.size());
  account_numbers_.emplace(own(account), number);
  return number;
}

void Timetable::add(const ItemKey& key, const Destination& destination, View account, const Rest& rest) {
  Entry entry;
  entry.key = packed(key);
  if (entries_.find(entry.key) != nullptr) return;
  entry.line = number_of(destination);
  entry.account = account_number(account);
  entry.next = rest.next;
  entry.held = rest.held;
  entry.kept_back = rest.kept_back;
  enter(entry);
  entries_.insert(entry);
}

void Timetable::enter(Entry& entry) {
  Line& line = lines_[entry.line];
  line.all.insert(entry.key);
  if (entry.held || frozen_.contains(entry.account)) {
    entry.state = State::held;
  } else if (entry.next == WallTime{}) {
    entry.state = State::ready;
    line.ready.insert(entry.key);
  } else {
    entry.state = State::waiting;
    line.waiting.insert({entry.next, entry.key});
  }
  const Ripening* by = times_.find(entry.key);
  if (by != nullptr && entry.state != State::held) by_.insert(*by);
  index(line);
}

void Timetable::leave(Entry& entry) {
  Line& line = lines_[entry.line];
  if (entry.state == State::active) {
    std::erase(line.active, entry.key);
  } else {
    line.all.erase(entry.key);
    line.ready.erase(entry.key);
    line.waiting.erase(Ripening{entry.next, entry.key});
    if (const Ripening* by = times_.find(entry.key)) by_.erase(*by);
  }
  index(line);
}

void Timetable::remove(const ItemKey& key) {
  Entry* entry = entries_.find(packed(key));
  if (entry == nullptr) return;
  leave(*entry);
  times_.erase(packed(key));
  entries_.erase(packed(key));
}

void Timetable::set_next(const ItemKey& key, WallTime next, bool kept_back) {
  Entry* entry = entries_.find(packed(key));
  if (entry == nullptr) return;
  leave(*entry);
  entry->next = next;
  entry->kept_back = kept_back;
  enter(*entry);
}

void Timetable::set_by(const ItemKey& key, WallTime by) {
  const Ripening* known = times_.find(packed(key));
  if ((known == nullptr ? WallTime{} : known->next) == by) return;
  Entry* entry = entries_.find(packed(key));
  if (entry == nullptr) return;
  const bool active = entry->state == State::active;
  if (!active) leave(*entry);
  times_.erase(entry->key);
  if (by != WallTime{}) times_.insert({by, entry->key});
  if (!active) enter(*entry);
}

void Timetable::put_off(const ItemKey& key, WallTime until) {
  if (const Ripening* by = times_.find(packed(key))) set_by(key, std::max(by->next, until));
  set_next(key, until);
}

void Timetable::set_held(const ItemKey& key, bool held) {
  Entry* entry = entries_.find(packed(key));
  if (entry == nullptr) return;
  entry->held = held;
  if (entry->state == State::active) return;
  leave(*entry);
  enter(*entry);
}

void Timetable::ripen(Line& line, WallTime now) {
  while (!line.waiting.empty() && line.waiting.front().next <= now) {
    const Ripening first = line.waiting.front();
    line.waiting.erase(first);
    line.ready.insert(first.key);
    Entry* entry = entries_.find(first.key);
    entry->state = State::ready;
    entry->kept_back = false;
  }
  std::erase_if(line.sent, [&](WallTime sent) { return sent + kMinute <= now; });
}

std::optional<ItemKey> Timetable::take(const Destination& destination, WallTime now) {
  Line* line = find(destination);
  if (line == nullptr) return std::nullopt;
  ripen(*line, now);
  const bool too_fast = line->per_minute > 0 && line->sent.size() >= line->per_minute;
  if (line->ready.empty() || line->blocked > now || too_fast) {
    index(*line);
    return std::nullopt;
  }
  const ItemKey key = unpacked(line->ready.front());
  if (line->per_minute > 0) line->sent.push_back(now);
  return take(key) ? std::optional(key) : std::nullopt;
}

bool Timetable::take(const ItemKey& key) {
  Entry* entry = entries_.find(packed(key));
  if (entry == nullptr || entry->state == State::active) return false;
  leave(*entry);
  entry->state = State::active;
  lines_[entry->line].active.push_back(entry->key);
  return true;
}

void Timetable::block(const Destination& destination, WallTime until) {
  Line& line = lines_[number_of(destination)];
  line.blocked = until;
  index(line);
}

void Timetable::flush(const Destination& destination) {
  Line* line = find(destination);
  if (line == nullptr) return;
  line->blocked = {};
  std::vector<Ripening> kept_back;
  line->waiting.each([&](const Ripening& one) {
    Entry* entry = entries_.find(one.key);
    if (entry->kept_back) {
      kept_back.push_back(one);
      return;
    }
    entry->next = {};
    entry->state = State::ready;
    line->ready.insert(one.key);
  });
  line->waiting.clear();
  for (const Ripening& one : kept_back) line->waiting.insert(one);
  index(*line);
}

void Timetable::set_frozen(View account, bool frozen) {
  const std::uint32_t number = account_number(account);
  const bool changed = frozen ? frozen_.insert(number).second : frozen_.erase(number) > 0;
  if (!changed) return;
  entries_.each([&](Entry& entry) {
    if (entry.account != number || entry.state == State::active) return;
    leave(entry);
    enter(entry);
  });
}

bool Timetable::is_frozen(View account) const {
  const auto known = account_numbers_.find(account);
  return known != account_numbers_.end() && frozen_.contains(known->second);
}

void Timetable::set_rate(const Destination& destination, std::uint32_t per_minute) {
  if (Line* line = find(destination)) line->per_minute = per_minute;
}

std::optional<WallTime> Timetable::may_start(const Line& line) const {
  if (line.ready.empty() && line.waiting.empty()) return std::nullopt;
  WallTime start = line.ready.empty() ? line.waiting.front().next : WallTime{};
  start = std::max(start, line.blocked);
  const bool too_fast = line.per_minute > 0 && line.sent.size() >= line.per_minute;
  return too_fast ? std::max(start, line.sent.front() + kMinute) : start;
}

void Timetable::index(Line& line) {
  const std::optional<WallTime> start = may_start(line);
  if (line.indexed == start) return;
  const auto number = static_cast<std::uint32_t>(&line - lines_.data());
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
  return line == nullptr || line->all.empty() ? std::nullopt : std::optional(unpacked(line->all.front()));
}

std::vector<ItemKey> Timetable::older_than(const Destination& destination, const MessageId& after,
                                           WallTime until) const {
  std::vector<ItemKey> found;
  const Line* line = find(destination);
  if (line == nullptr) return found;
  line->all.each_from(packed({after, UINT16_MAX}), [&](const Key& key) {
    const ItemKey item = unpacked(key);
    if (item.message.time() > until) return false;
    const Entry* entry = entries_.find(key);
    const bool rests = entry->state == State::held || (entry->kept_back && entry->next > until);
    if (item.message != after && !rests) found.push_back(item);
    return true;
  });
  return found;
}

std::vector<ItemKey> Timetable::overdue(WallTime now) const {
  std::vector<ItemKey> found;
  by_.each_from(Ripening{WallTime::min(), {}}, [&](const Ripening& one) {
    if (one.next <= now) found.push_back(unpacked(one.key));
    return one.next <= now;
  });
  return found;
}

std::optional<WallTime> Timetable::first_by() const {
  return by_.empty() ? std::nullopt : std::optional(by_.front().next);
}

std::vector<Destination> Timetable::destinations() const {
  std::vector<Destination> found;
  for (const auto& [destination, number] : numbers_) {
    if (count(destination) > 0) found.push_back(destination);
  }
  return found;
}

std::vector<Destination> Timetable::forget_idle(WallTime now) {
  std::vector<Destination> forgotten;
  for (auto place = numbers_.begin(); place != numbers_.end();) {
    Line& line = lines_[place->second];
    const bool at_rate = !line.sent.empty() && line.sent.back() + kMinute > now;
    if (!line.all.empty() || !line.active.empty() || line.blocked > now || at_rate) {
      ++place;
      continue;
    }
    forgotten.push_back(std::move(line.destination));
    line = Line(memory_);
    free_lines_.push_back(place->second);
    place = numbers_.erase(place);
  }
  return forgotten;
}

std::vector<ItemKey> Timetable::items_of(const MessageId& id) const {
  std::vector<ItemKey> found;
  entries_.each_from(packed({id, 0}), [&](const Entry& entry) {
    const ItemKey item = unpacked(entry.key);
    if (item.message == id) found.push_back(item);
    return item.message == id;
  });
  return found;
}

std::vector<ItemKey> Timetable::items_to(const Destination& destination) const {
  std::vector<ItemKey> found;
  if (const Line* line = find(destination)) {
    found.reserve(line->all.size() + line->active.size());
    line->all.each([&](const Key& key) { found.push_back(unpacked(key)); });
    for (const Key& key : line->active) found.push_back(unpacked(key));
  }
  return found;
}

std::optional<Timetable::State> Timetable::state(const ItemKey& key) const {
  const Entry* entry = entries_.find(packed(key));
  return entry == nullptr ? std::nullopt : std::optional(entry->state);
}

std::size_t Timetable::count(const Destination& destination) const {
  const Line* line = find(destination);
  return line == nullptr ? 0 : line->all.size() + line->active.size();
}

}  // namespace posthorn::queue
