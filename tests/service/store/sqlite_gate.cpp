#include "service/store/sqlite_gate.h"

#include <chrono>
#include <thread>

#include <doctest/doctest.h>

namespace posthorn::store::sqlite {

TEST_CASE("gate: open before, while and after somebody waits") {
  Gate before;
  before.open();
  before.wait();
  for (int i = 0; i < 2000; ++i) {
    Gate gate;
    bool written = false;
    std::thread other([&] {
      if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      written = true;
      gate.open();
    });
    gate.wait();
    const bool seen = written;
    other.join();
    REQUIRE(seen);
  }
}

}  // namespace posthorn::store::sqlite
