// Which item is next: what waits, by destination, in the order of arrival. In memory; knows no store.
//
// Holds some 70 octets for an item, so a million of them fit, and are there as fast as they can be read: memory that is
// new to a process costs time too. An item with a time of its own has some 50 more. Everything is found by ordered
// sets: what is ready, what becomes ready when, and the oldest of a destination, which is the first to expire.
#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "posthorn/service/queue/message.h"

#include "service/queue/sorted_blocks.h"

namespace posthorn::queue {

class Timetable {
 public:
  enum class State : std::uint8_t { waiting, ready, active, held };

  struct Rest {
    WallTime next{};
    bool held = false;
    bool kept_back = false;  ///< until `next`, whatever becomes of its destination
  };
  /// @param account  who submitted it: items of a frozen account rest
  void add(const ItemKey& key, const Destination& destination, View account, const Rest& rest);
  /// An active item is done with.
  void remove(const ItemKey& key);
  /// An active item waits again; any other gets the new time.
  void set_next(const ItemKey& key, WallTime next, bool kept_back = false);
  /// It is overdue from `by` on, whatever its destination does; the epoch: never.
  void set_by(const ItemKey& key, WallTime by);
  /// An active item that could not be looked at waits again: nothing is done with it before `until`.
  void put_off(const ItemKey& key, WallTime until);
  /// An active item is held when it comes back.
  void set_held(const ItemKey& key, bool held);

  /// The oldest item of the destination that may be tried now; it is active then.
  [[nodiscard]] std::optional<ItemKey> take(const Destination& destination, WallTime now);
  /// Makes a certain item active. @returns false when it is unknown or active
  [[nodiscard]] bool take(const ItemKey& key);

  /// No item of the destination before `until`.
  void block(const Destination& destination, WallTime until);
  /// All that waits of a destination is ready; what is held or kept back stays.
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

  /// Items of messages that came after `after`, and whose time began at `until` or before; without those
  /// that are active or held.
  [[nodiscard]] std::vector<ItemKey> older_than(const Destination& destination, const MessageId& after,
                                                WallTime until) const;

  /// Items whose time by set_by() is there; without those that are active or held.
  [[nodiscard]] std::vector<ItemKey> overdue(WallTime now) const;
  /// When overdue() has its first item; nullopt: not before something is added or changed.
  [[nodiscard]] std::optional<WallTime> first_by() const;

  [[nodiscard]] std::vector<Destination> destinations() const;
  /// Forgets destinations for which nothing waits or is under way, and that are neither blocked nor at their rate.
  /// @returns those that were forgotten
  std::vector<Destination> forget_idle(WallTime now);
  /// Destinations that are known, idle ones too.
  [[nodiscard]] std::size_t lines() const { return numbers_.size(); }
  /// Items of a message, in order.
  [[nodiscard]] std::vector<ItemKey> items_of(const MessageId& id) const;
  /// In the order of arrival, those that are active last.
  [[nodiscard]] std::vector<ItemKey> items_to(const Destination& destination) const;
  [[nodiscard]] std::optional<State> state(const ItemKey& key) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t count(const Destination& destination) const;

 private:
  /// An ItemKey without the octets that fill it up.
  struct Key {
    std::uint64_t order = 0;
    std::uint32_t salt = 0;
    std::uint16_t item = 0;
    auto operator<=>(const Key&) const = default;
  };
  /// An item, and when something is due for it.
  struct Ripening {
    WallTime next{};
    Key key;
    auto operator<=>(const Ripening&) const = default;
  };
  struct Entry {
    Key key;
    WallTime next{};
    std::uint32_t line = 0;
    std::uint32_t account : 28 = 0;
    bool held : 1 = false;
    bool kept_back : 1 = false;
    State state : 2 = State::waiting;
  };
  struct ByKey {
    static const Key& of(const Entry& entry) { return entry.key; }
    static const Key& of(const Ripening& ripening) { return ripening.key; }
    static const Key& of(const Key& key) { return key; }
    bool operator()(const auto& a, const auto& b) const { return of(a) < of(b); }
  };
  struct Line {
    explicit Line(std::pmr::memory_resource& memory) : ready(memory), waiting(memory), all(memory) {}
    Destination destination;
    SortedBlocks<Key> ready;
    SortedBlocks<Ripening> waiting;
    SortedBlocks<Key> all;  // but those that are active
    WallTime blocked{};
    std::uint32_t per_minute = 0;
    std::vector<WallTime> sent;  // in the last minute, where there is a rate
    std::vector<Key> active;
    std::optional<WallTime> indexed;  // its place in due_
  };

  static Key packed(const ItemKey& key) { return {key.message.order, key.message.salt, key.item}; }
  static ItemKey unpacked(const Key& key) { return {{key.order, key.salt}, key.item}; }

  std::uint32_t number_of(const Destination& destination);
  [[nodiscard]] Line* find(const Destination& destination);
  [[nodiscard]] const Line* find(const Destination& destination) const;
  void enter(Entry& entry);
  void leave(Entry& entry);
  void ripen(Line& line, WallTime now);
  [[nodiscard]] std::optional<WallTime> may_start(const Line& line) const;
  void index(Line& line);
  std::uint32_t account_number(View account);

  /// Freed memory stays here for what comes next. Pieces that are taken from the system are large.
  std::pmr::unsynchronized_pool_resource memory_{{.max_blocks_per_chunk = 4096, .largest_required_pool_block = 16384}};
  SortedBlocks<Entry, ByKey> entries_{memory_};
  std::vector<Line> lines_;
  std::vector<std::uint32_t> free_lines_;
  std::map<Destination, std::uint32_t> numbers_;
  std::set<std::pair<WallTime, std::uint32_t>> due_;  // lines, by the time at which they may start
  SortedBlocks<Ripening, ByKey> times_{memory_};      // by set_by(), of items that have one
  SortedBlocks<Ripening> by_{memory_};                // of these, those that are neither active nor held
  std::map<std::string, std::uint32_t, std::less<>> account_numbers_;
  std::unordered_set<std::uint32_t> frozen_;
};

}  // namespace posthorn::queue
