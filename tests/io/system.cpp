#include "posthorn/io/system.h"

#include <array>
#include <thread>

#include <doctest/doctest.h>

namespace posthorn {

TEST_CASE("the clock goes forward and knows the year") {
  const io::SystemClock clock;
  const TimePoint before = clock.now();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CHECK(clock.now() - before >= std::chrono::milliseconds(2));
  CHECK(clock.wall() > WallTime(std::chrono::seconds(1'735'689'600)));  // 2025-01-01
}

TEST_CASE("random octets differ") {
  io::SystemRandom random;
  std::array<std::byte, 64> a{};
  std::array<std::byte, 64> b{};
  random.fill(a);
  random.fill(b);
  CHECK(a != b);
  CHECK(random.number() != random.number());
}

}  // namespace posthorn
