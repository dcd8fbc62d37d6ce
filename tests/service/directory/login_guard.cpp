#include "posthorn/service/directory/login_guard.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace std::chrono_literals;
using posthorn::testing::FakeClock;

namespace {

struct Gate {
  FakeClock clock;
  LoginGuard guard;
  explicit Gate(GuardLimits limits = {}) : guard(limits) {}
  Duration fail(View login, View source) { return guard.failed(login, source, clock.now()); }
  bool admits(View login, View source) { return guard.admits(login, source, clock.now()); }
};

}  // namespace

TEST_CASE("the delay doubles with each failure up to its limit") {
  Gate gate;
  CHECK(gate.fail("ann", "1.2.3.4") == 500ms);
  CHECK(gate.fail("ann", "1.2.3.4") == 1s);
  CHECK(gate.fail("ann", "5.6.7.8") == 2s);  // the account remembers
  CHECK(gate.fail("bob", "1.2.3.4") == 2s);  // and so does the source
  CHECK(gate.fail("eve", "9.9.9.9") == 500ms);
  for (int i = 0; i < 10; ++i) (void)gate.fail("ann", "1.2.3.4");
  CHECK(gate.fail("ann", "1.2.3.4") == 15s);
}

TEST_CASE("after too many failures an account is refused everywhere and a source for everybody") {
  Gate gate;
  for (int i = 0; i < 20; ++i) {
    CHECK(gate.admits("ann", "1.2.3.4"));
    (void)gate.fail("ann", "1.2.3.4");
  }
  CHECK(!gate.admits("ann", "1.2.3.4"));
  CHECK(!gate.admits("ANN", "5.6.7.8"));
  CHECK(!gate.admits("bob", "1.2.3.4"));
  CHECK(gate.admits("bob", "5.6.7.8"));
}

TEST_CASE("failures are forgotten after a while without one") {
  Gate gate;
  for (int i = 0; i < 20; ++i) (void)gate.fail("ann", "1.2.3.4");
  gate.clock.advance(15min);
  CHECK(!gate.admits("ann", "1.2.3.4"));
  gate.clock.advance(1s);
  CHECK(gate.admits("ann", "1.2.3.4"));
  CHECK(gate.fail("ann", "1.2.3.4") == 500ms);
}

TEST_CASE("a success forgets what the same login failed from the same source, and nothing else") {
  Gate gate;
  for (int i = 0; i < 3; ++i) (void)gate.fail("ann", "1.2.3.4");
  for (int i = 0; i < 4; ++i) (void)gate.fail("bob", "1.2.3.4");
  for (int i = 0; i < 5; ++i) (void)gate.fail("ann", "5.6.7.8");
  gate.guard.succeeded("Ann", "1.2.3.4");
  CHECK(gate.fail("new", "1.2.3.4") == 8s);   // 4 of bob + 1: doubled four times
  CHECK(gate.fail("ann", "9.9.9.9") == 15s);  // 5 from elsewhere + 1: doubled five times, capped
}

TEST_CASE("an attacker does not clean his source by logging in to his own account") {
  Gate gate;
  for (int i = 0; i < 19; ++i) {
    (void)gate.fail("victim" + std::to_string(i), "6.6.6.6");
    gate.guard.succeeded("mallory", "6.6.6.6");
  }
  CHECK(gate.admits("ann", "6.6.6.6"));
  (void)gate.fail("ann", "6.6.6.6");
  CHECK(!gate.admits("ann", "6.6.6.6"));
}

TEST_CASE("guesses from elsewhere do not lock out whoever got in before") {
  Gate gate;
  gate.guard.succeeded("ann", "1.2.3.4");
  for (int i = 0; i < 30; ++i) (void)gate.fail("ann", "6.6.6." + std::to_string(i));
  CHECK(gate.admits("ann", "1.2.3.4"));
  CHECK(!gate.admits("ann", "7.7.7.7"));
  CHECK(gate.fail("ann", "1.2.3.4") == 500ms);
  for (int i = 0; i < 30; ++i) (void)gate.fail("bob", "1.2.3.4");
  CHECK(gate.admits("ann", "1.2.3.4"));
  // The trusted pair is limited by its own failures.
  for (int i = 0; i < 20; ++i) (void)gate.fail("ann", "1.2.3.4");
  CHECK(!gate.admits("ann", "1.2.3.4"));
}

TEST_CASE("trust ends") {
  Gate gate;
  gate.guard.succeeded("ann", "1.2.3.4");
  gate.clock.advance(std::chrono::hours(24 * 7) + 1s);
  for (int i = 0; i < 20; ++i) (void)gate.fail("ann", "6.6.6.6");
  CHECK(!gate.admits("ann", "1.2.3.4"));
}

TEST_CASE("empty names are not counted") {
  Gate gate;
  for (int i = 0; i < 30; ++i) (void)gate.fail("", "1.2.3.4");
  for (int i = 0; i < 30; ++i) (void)gate.fail("ann", "");
  CHECK(gate.admits("", "5.6.7.8"));
  CHECK(gate.admits("bob", ""));
  CHECK(!gate.admits("", "1.2.3.4"));
  CHECK(!gate.admits("ann", ""));
}

TEST_CASE("the number of things remembered is bounded and the oldest go first") {
  Gate gate({.max_tracked = 300});
  for (int i = 0; i < 10; ++i) (void)gate.fail("recent", "1.1.1.1");
  for (int i = 0; i < 2000; ++i) {
    gate.clock.advance(1ms);
    (void)gate.fail("login" + std::to_string(i), "source" + std::to_string(i));
    if (i % 50 == 0) (void)gate.fail("recent", "1.1.1.1");
    CHECK(gate.guard.tracked() <= 300);
  }
  CHECK(!gate.admits("recent", "2.2.2.2"));
  CHECK(gate.fail("login0", "elsewhere") == 500ms);
}

TEST_CASE("the bound holds when everything happens at one time") {
  Gate gate({.max_tracked = 30});
  for (int i = 0; i < 200; ++i) (void)gate.fail("login" + std::to_string(i), "source" + std::to_string(i));
  CHECK(gate.guard.tracked() <= 30);
}
