#include "service/queue/timetable.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::seconds;

namespace {

constexpr WallTime kNow{seconds(1'800'000'000)};
const Destination kFirst{"one.example", TlsWish::policy};
const Destination kSecond{"two.example", TlsWish::policy};

ItemKey key(std::uint64_t number) {
  return {{(static_cast<std::uint64_t>(kNow.time_since_epoch().count()) << 24U) + number, 7}, 0};
}

}  // namespace

TEST_CASE("queue timetable: items go in the order of arrival") {
  Timetable table;
  for (const std::uint64_t number : {3U, 1U, 2U}) table.add(key(number), kFirst, "", {{}, false});
  CHECK(table.ready(kNow) == std::vector{kFirst});
  for (const std::uint64_t number : {1U, 2U, 3U}) CHECK(table.take(kFirst, kNow) == key(number));
  CHECK_FALSE(table.take(kFirst, kNow));
  CHECK(table.ready(kNow).empty());
  CHECK(table.size() == 3);
  table.remove(key(2));
  CHECK(table.size() == 2);
  CHECK(table.state(key(1)) == Timetable::State::active);
}

TEST_CASE("queue timetable: what was deferred waits for its time") {
  Timetable table;
  table.add(key(1), kFirst, "", {{}, false});
  REQUIRE(table.take(kFirst, kNow));
  table.set_next(key(1), kNow + seconds(300));
  CHECK(table.ready(kNow + seconds(299)).empty());
  CHECK(table.due(kNow) == kNow + seconds(300));
  CHECK(table.ready(kNow + seconds(300)) == std::vector{kFirst});
  CHECK_FALSE(table.take(kFirst, kNow + seconds(299)));
  CHECK(table.take(kFirst, kNow + seconds(300)) == key(1));
}

TEST_CASE("queue timetable: a blocked destination rests, and a flush ends that") {
  Timetable table;
  table.add(key(1), kFirst, "", {{}, false});
  table.add(key(2), kFirst, "", {kNow + seconds(1000), false});
  table.add(key(3), kSecond, "", {{}, false});
  table.block(kFirst, kNow + seconds(60));
  CHECK(table.ready(kNow) == std::vector{kSecond});
  CHECK_FALSE(table.take(kFirst, kNow));
  CHECK(table.due(kNow) == kNow + seconds(60));
  table.flush(kFirst);
  CHECK(table.take(kFirst, kNow) == key(1));
  CHECK(table.take(kFirst, kNow) == key(2));
}

TEST_CASE("queue timetable: a rate is kept over a minute") {
  Timetable table;
  for (std::uint64_t number = 0; number < 5; ++number) table.add(key(number), kFirst, "", {{}, false});
  table.set_rate(kFirst, 2);
  CHECK(table.take(kFirst, kNow));
  CHECK(table.take(kFirst, kNow + seconds(30)));
  CHECK_FALSE(table.take(kFirst, kNow + seconds(59)));
  CHECK(table.due(kNow + seconds(59)) == kNow + seconds(60));
  CHECK(table.take(kFirst, kNow + seconds(60)));
  CHECK_FALSE(table.take(kFirst, kNow + seconds(61)));
}

TEST_CASE("queue timetable: held and frozen items rest") {
  Timetable table;
  table.add(key(1), kFirst, "eve@example.net", {{}, false});
  table.add(key(2), kFirst, "ann@example.net", {{}, true});
  table.add(key(3), kFirst, "ann@example.net", {{}, false});
  table.set_frozen("eve@example.net", true);
  CHECK(table.take(kFirst, kNow) == key(3));
  CHECK_FALSE(table.take(kFirst, kNow));
  CHECK(table.older_than(kFirst, {}, kNow + seconds(9)).empty());
  table.set_held(key(2), false);
  CHECK(table.take(kFirst, kNow) == key(2));
  table.set_frozen("eve@example.net", false);
  CHECK(table.take(kFirst, kNow) == key(1));
  table.set_frozen("ann@example.net", true);
  table.set_next(key(2), {});  // comes back while its account is frozen
  CHECK_FALSE(table.take(kFirst, kNow));
}

TEST_CASE("queue timetable: the oldest of a destination, and what is older than a time") {
  Timetable table;
  table.add(key(5), kFirst, "", {kNow + seconds(50), false});
  table.add(key(4), kFirst, "", {{}, false});
  CHECK(table.oldest(kFirst) == key(4));
  CHECK_FALSE(table.oldest(kSecond));
  CHECK(table.older_than(kFirst, {}, kNow) == std::vector{key(4), key(5)});
  CHECK(table.older_than(kFirst, key(4).message, kNow) == std::vector{key(5)});
  CHECK(table.older_than(kFirst, {}, kNow - seconds(1)).empty());
  CHECK(table.count(kFirst) == 2);
}

TEST_CASE("queue timetable: a destination is forgotten when nothing waits and no rest is due") {
  Timetable table;
  table.add(key(1), kFirst, "", {{}, false});
  table.add(key(2), kSecond, "", {{}, false});
  table.set_rate(kSecond, 1);
  table.block(kFirst, kNow + seconds(60));
  CHECK(table.forget_idle(kNow).empty());
  CHECK(table.take(kSecond, kNow) == key(2));
  CHECK(table.take(key(1)));
  CHECK(table.forget_idle(kNow + seconds(120)).empty());  // both are under way
  table.remove(key(1));
  table.remove(key(2));
  CHECK(table.forget_idle(kNow + seconds(59)).empty());  // one rests, the other one is at its rate
  CHECK(table.forget_idle(kNow + seconds(60)) == std::vector{kFirst, kSecond});
  CHECK(table.lines() == 0);
  CHECK_FALSE(table.take(kFirst, kNow));  // asking makes none
  table.flush(kFirst);
  table.set_rate(kFirst, 3);
  CHECK(table.lines() == 0);
  table.add(key(3), kSecond, "", {{}, false});  // the place of another one is used again
  table.add(key(4), kFirst, "", {{}, false});
  CHECK(table.take(kFirst, kNow) == key(4));
  CHECK(table.take(kSecond, kNow) == key(3));
}

TEST_CASE("queue timetable: an item with a time of its own is overdue then, whatever its destination does") {
  Timetable table;
  table.add(key(1), kFirst, "ann@example.net", {kNow + seconds(5000), false});
  table.add(key(2), kFirst, "ann@example.net", {{}, false});
  table.set_by(key(1), kNow + seconds(60));
  table.block(kFirst, kNow + seconds(9000));
  CHECK(table.first_by() == kNow + seconds(60));
  CHECK(table.overdue(kNow + seconds(59)).empty());
  CHECK(table.overdue(kNow + seconds(60)) == std::vector{key(1)});
  table.flush(kFirst);
  CHECK(table.first_by() == kNow + seconds(60));
  REQUIRE(table.take(key(1)));
  CHECK_FALSE(table.first_by());
  table.put_off(key(1), kNow + seconds(90));
  CHECK(table.first_by() == kNow + seconds(90));
  table.set_held(key(1), true);
  CHECK_FALSE(table.first_by());
  table.set_held(key(1), false);
  table.set_frozen("ann@example.net", true);
  CHECK_FALSE(table.first_by());
  table.set_frozen("ann@example.net", false);
  CHECK(table.first_by() == kNow + seconds(90));
  table.set_by(key(1), {});
  CHECK_FALSE(table.first_by());
  table.set_by(key(2), kNow + seconds(10));
  table.remove(key(2));
  CHECK_FALSE(table.first_by());
}
