// Which item is next: what waits, by destination, in the order of arrival. In memory; knows no store.
//
// Holds some 300 octets for an item, so a million of them fit. Everything is found by ordered sets: what is ready, what
// becomes ready when, and the oldest of a destination, which is the first to expire.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "posthorn/service/queue/message.h"

namespace posthorn::queue {

class Timetable {
 public:
  enum class State : std::uint8_t { waiting, ready, active, held };

  /// @param account  who submitted it: items of a frozen account rest
  void add(const ItemKey& key, const Destination& destination, View account, WallTime next, bool held);
  /// An active item is done with.
  void remove(const ItemKey& key);
  /// An active item waits again; any other gets the new time.
  void set_next(const ItemKey& key, WallTime next);
  /// An active item is held when it comes back.
  void set_held(const ItemKey& key, bool held);

  /// The oldest item of the destination that may be tried now; it is active then.
  [[nodiscard]] std::optional<ItemKey> take(const Destination& destination, WallTime now);
  /// Makes a certain item active. @returns false when it is unknown or active
  [[nodiscard]] bool take(const ItemKey& key);

  /// No item of the destination before `until`.
  void block(const Destination& destination, WallTime until);
  /// All that waits of a destination is ready; what is held stays.
  void flush(const Destination& destination);
  void set_frozen(View account, bool frozen);
  [[nodiscard]] bool is_frozen(View account) const;
  /// At most so many items in 60 seconds; 0: no limit.
  void set_rate(const Destination& destination, std::uint32_t per_minute);

  /// Destinations that have items for now, those that wait longest first.
  [[nodiscard]] std::vector<Destination> ready(WallTime now);
  /// The first time after `now` at which ready() is longer; nullopt: not before something is added or changed.
  [[nodiscard]] std::optional<WallTime> due(WallTime now) const;
  /// The oldest item that is not active; nullopt when there is none.
  [[nodiscard]] std::optional<ItemKey> oldest(const Destination& destination) const;

  /// Items of messages that came after `after` and at `until` or before; without those that are active or held.
  [[nodiscard]] std::vector<ItemKey> older_than(const Destination& destination, const MessageId& after,
                                                WallTime until) const;

  [[nodiscard]] std::vector<Destination> destinations() const;
  /// Items of a message, in order.
  [[nodiscard]] std::vector<ItemKey> items_of(const MessageId& id) const;
  /// In the order of arrival.
  [[nodiscard]] std::vector<ItemKey> items_to(const Destination& destination) const;
  [[nodiscard]] std::optional<State> state(const ItemKey& key) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t count(const Destination& destination) const;

 private:
  struct Line {
    Destination destination;
    std::set<ItemKey> ready;
    std::set<std::pair<WallTime, ItemKey>> waiting;
    std::set<ItemKey> all;  // but those that are active
    WallTime blocked{};
    std::uint32_t per_minute = 0;
    std::deque<WallTime> sent;  // of the last minute, where there is a rate
    std::size_t active = 0;
    std::optional<WallTime> indexed;  // its place in due_
  };
  struct Entry {
    std::uint32_t line = 0;
    std::uint32_t account = 0;
    WallTime next{};
    State state = State::waiting;
    bool held = false;
  };

  std::uint32_t number_of(const Destination& destination);
  Line& line_of(const Destination& destination);
  [[nodiscard]] const Line* find(const Destination& destination) const;
  void enter(const ItemKey& key, Entry& entry);
  void leave(const ItemKey& key, Entry& entry);
  void ripen(Line& line, WallTime now);
  [[nodiscard]] std::optional<WallTime> may_start(const Line& line) const;
  void index(std::uint32_t line);
  std::uint32_t account_number(View account);

  std::map<ItemKey, Entry> entries_;
  std::vector<Line> lines_;
  std::map<Destination, std::uint32_t> numbers_;
  std::set<std::pair<WallTime, std::uint32_t>> due_;  // lines, by the time at which they may start
  std::vector<std::string> accounts_;
  std::map<std::string, std::uint32_t, std::less<>> account_numbers_;
  std::unordered_set<std::uint32_t> frozen_;
};

}  // namespace posthorn::queue
