#include "posthorn/service/admission/greylist.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using namespace posthorn::admission;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

IpAddress ip(View text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

struct Fixture {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(store::AccountId(0)));
  posthorn::testing::FakeClock clock;
  Greylist greylist;

  explicit Fixture(GreylistLimits limits = {}) : greylist(*rows, clock, limits) {}
  /// -1 for a pass, or the seconds that remain.
  std::int64_t ask(View client, View recipient = "ann@example.org", View sender = "eve@sender.example") {
    const auto answer = greylist.check(ip(client), sender, recipient);
    REQUIRE(answer);
    return answer->pass ? -1 : answer->remaining.count();
  }
  std::size_t count_rows() const {
    std::size_t count = 0;
    REQUIRE(rows->scan("y:", store::after_prefix("y:"), [&](View, View, store::Revision) {
      ++count;
      return true;
    }));
    return count;
  }
};

}  // namespace

TEST_CASE("who comes again after the delay passes, from any address of his network") {
  Fixture f;
  CHECK(f.ask("192.0.2.7") == 300);
  f.clock.advance(minutes(2));
  CHECK(f.ask("192.0.2.7") == 180);
  CHECK(f.ask("192.0.3.7") == 300);
  CHECK(f.ask("192.0.2.7", "bob@example.org") == 300);
  CHECK(f.ask("192.0.2.7", "ann@example.org", "") == 300);
  f.clock.advance(seconds(179));
  CHECK(f.ask("192.0.2.7") == 1);
  f.clock.advance(seconds(1));
  CHECK(f.ask("192.0.2.200", "ANN@example.org", "Eve@Sender.Example") == -1);
  CHECK(f.ask("192.0.2.7") == -1);
}

TEST_CASE("an IPv6 network is a /64") {
  Fixture f;
  CHECK(f.ask("2001:db8::1") == 300);
  f.clock.advance(minutes(5));
  CHECK(f.ask("2001:db8:0:1::1") == 300);
  CHECK(f.ask("2001:db8::ffff:1") == -1);
}

TEST_CASE("who comes too late begins anew") {
  Fixture f;
  CHECK(f.ask("192.0.2.7") == 300);
  f.clock.advance(hours(4) + seconds(1));
  CHECK(f.ask("192.0.2.7") == 300);
  f.clock.advance(hours(4));
  CHECK(f.ask("192.0.2.7") == -1);
}

TEST_CASE("a pass holds for 36 days since the last mail") {
  Fixture f;
  CHECK(f.ask("192.0.2.7") == 300);
  f.clock.advance(minutes(5));
  CHECK(f.ask("192.0.2.7") == -1);
  for (int i = 0; i < 3; ++i) {
    f.clock.advance(std::chrono::days(36));
    CHECK(f.ask("192.0.2.7") == -1);
  }
  f.clock.advance(std::chrono::days(36) + seconds(1));
  CHECK(f.ask("192.0.2.7") == 300);
}

TEST_CASE("a network of which enough passed passes whole") {
  Fixture f({.promote_after = 3});
  for (int i = 0; i < 3; ++i) CHECK(f.ask("192.0.2.7", std::to_string(i) + "@example.org") == 300);
  f.clock.advance(minutes(5));
  CHECK(f.ask("192.0.2.7", "0@example.org") == -1);
  CHECK(f.ask("192.0.2.7", "0@example.org") == -1);
  CHECK(f.ask("192.0.2.7", "1@example.org") == -1);
  CHECK(f.ask("192.0.2.7", "new@example.org") == 300);
  CHECK(f.ask("192.0.2.7", "2@example.org") == -1);
  CHECK(f.ask("192.0.2.9", "newer@example.org", "x@y.example") == -1);
  CHECK(f.ask("192.0.3.9", "newer@example.org", "x@y.example") == 300);
  f.clock.advance(std::chrono::days(36) + seconds(1));
  CHECK(f.ask("192.0.2.7", "newest@example.org") == 300);
  Fixture never({.promote_after = 0});
  CHECK(never.ask("192.0.2.7") == 300);
}

TEST_CASE("the memory is bounded, and attempts do not push out passes") {
  Fixture f({.per_shelf = 1});
  CHECK(f.ask("192.0.2.7") == 300);
  f.clock.advance(minutes(5));
  CHECK(f.ask("192.0.2.7") == -1);
  std::size_t longest = 0;
  for (int i = 0; i < 3000; ++i) (void)f.ask("198.51.100.1", std::to_string(i) + "@example.org");
  REQUIRE(f.rows->scan("y:", store::after_prefix("y:"), [&](View, View value, store::Revision) {
    longest = std::max(longest, value.size());
    return true;
  }));
  CHECK(longest == 1 + 20);
  CHECK(f.count_rows() <= 4096 + 256);
}

TEST_CASE("several processes share what they know, and a change that others win against fails") {
  Fixture f;
  Greylist other(*f.rows, f.clock);
  CHECK(f.ask("192.0.2.7") == 300);
  f.clock.advance(minutes(5));
  CHECK(other.check(ip("192.0.2.7"), "eve@sender.example", "ann@example.org")->pass);
  posthorn::testing::FaultyStore faulty(*f.store);
  const auto rows = std::move(*faulty.open(store::AccountId(0)));
  Greylist losing(*rows, f.clock, {.tries = 3});
  faulty.fail_commits(environment_error(Code::conflict));
  const std::uint64_t before = faulty.commits();
  CHECK(losing.check(ip("192.0.2.8"), "new@sender.example", "ann@example.org").error().code == Code::unavailable);
  CHECK(faulty.commits() == before + 3);
}

TEST_CASE("shelves on which nothing counts are swept") {
  Fixture f;
  CHECK(f.ask("192.0.2.7") == 300);
  CHECK(*f.greylist.sweep() == 0);
  f.clock.advance(minutes(5));
  CHECK(f.ask("192.0.2.7") == -1);
  CHECK(f.count_rows() == 2);
  f.clock.advance(hours(5));
  CHECK(*f.greylist.sweep() == 0);
  f.clock.advance(std::chrono::days(40));
  CHECK(*f.greylist.sweep() == 2);
  CHECK(f.count_rows() == 0);
}

TEST_CASE("a broken shelf is an error") {
  Fixture f;
  CHECK(f.ask("192.0.2.7") == 300);
  std::string key;
  REQUIRE(f.rows->scan("y:", store::after_prefix("y:"), [&](View k, View, store::Revision) {
    key = own(k);
    return false;
  }));
  REQUIRE(f.rows->commit(store::Batch().put(key, "1broken")));
  CHECK(f.greylist.check(ip("192.0.2.7"), "eve@sender.example", "ann@example.org").error().code == Code::corrupt);
}
