#include <doctest/doctest.h>

#include "posthorn/service/queue/queue.h"

#include "service/queue/house.h"

using namespace posthorn;
using namespace posthorn::queue;

TEST_CASE("queue: a flush that waits is not ordered again, unless something else was ordered behind it") {
  House house;
  const auto give = [&](Order kind, View subject) {
    return order(house.store, house.clock, house.random, kind, subject);
  };
  const auto waits = [&](View domain) {
    const auto given = give(Order::flush, domain);
    return !given && given.error().code == Code::exists;
  };
  REQUIRE(give(Order::flush, "one.example"));
  REQUIRE(give(Order::flush, "two.example"));
  CHECK(waits("one.example"));
  CHECK(waits("two.example"));
  CHECK(*orders_waiting(house.store) == 2);
  REQUIRE(give(Order::release, "one.example"));
  CHECK(give(Order::flush, "one.example"));
  CHECK(waits("one.example"));
  CHECK(give(Order::release, "one.example"));  // other orders may be given twice
  CHECK(*orders_waiting(house.store) == 5);
  house.queue->tick();
  CHECK(*orders_waiting(house.store) == 0);
  CHECK(give(Order::flush, "one.example"));
}
