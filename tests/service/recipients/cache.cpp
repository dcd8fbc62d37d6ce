#include "posthorn/service/recipients/cache.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::recipients;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

struct Fixture {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(store::AccountId(0)));
  posthorn::testing::FakeClock clock;
  Cache cache;

  explicit Fixture(CacheLimits limits = {}) : cache(*rows, clock, limits) {}
  Knowledge find(View local_part, View domain = "one.example") {
    const auto found = cache.find({own(local_part), own(domain)});
    REQUIRE(found);
    return *found;
  }
  void note(View local_part, Answer answer, View domain = "one.example") {
    REQUIRE(cache.note({own(local_part), own(domain)}, answer));
  }
  std::size_t count_rows() const {
    std::size_t count = 0;
    REQUIRE(rows->scan("v:", store::after_prefix("v:"), [&](View, View, store::Revision) {
      ++count;
      return true;
    }));
    return count;
  }
};

constexpr Knowledge kNothing{Answer::no_answer, true};
constexpr Knowledge kKnown{Answer::known, false};
constexpr Knowledge kUnknown{Answer::unknown, false};

}  // namespace

TEST_CASE("knowledge: known for 31 days and asked for after 7, unknown for 3 days and asked for after 3 hours") {
  const WallTime then = posthorn::testing::FakeClock::kStart;
  const auto after = [&](Answer answer, seconds time) { return knowledge(answer, then, then + time); };
  CHECK(after(Answer::known, seconds(0)) == kKnown);
  CHECK(after(Answer::known, days(7) - seconds(1)) == kKnown);
  CHECK(after(Answer::known, days(7)) == Knowledge{Answer::known, true});
  CHECK(after(Answer::known, days(31) - seconds(1)) == Knowledge{Answer::known, true});
  CHECK(after(Answer::known, days(31)) == kNothing);
  CHECK(after(Answer::unknown, hours(3) - seconds(1)) == kUnknown);
  CHECK(after(Answer::unknown, hours(3)) == Knowledge{Answer::unknown, true});
  CHECK(after(Answer::unknown, days(3) - seconds(1)) == Knowledge{Answer::unknown, true});
  CHECK(after(Answer::unknown, days(3)) == kNothing);
  CHECK(after(Answer::no_answer, seconds(0)) == kNothing);
  CHECK(after(Answer::later, seconds(0)) == kNothing);
  CHECK(after(Answer::known, -days(1)) == kKnown);  // a clock that was turned back
}

TEST_CASE("cache: the last answer of a recipient, each in his domain") {
  Fixture f;
  CHECK(f.find("ann") == kNothing);
  f.note("ann", Answer::known);
  f.note("bob", Answer::unknown);
  f.note("cid", Answer::no_answer);
  f.note("dan", Answer::later);
  CHECK(f.find("ann") == kKnown);
  CHECK(f.find("bob") == kUnknown);
  CHECK(f.find("cid") == kNothing);
  CHECK(f.find("dan") == kNothing);
  CHECK(f.find("ann", "two.example") == kNothing);
  CHECK(f.find("Ann") == kNothing);  // RFC 5321 section 2.4: only the primary knows whether they are one
  f.note("ann", Answer::unknown);
  CHECK(f.find("ann") == kUnknown);
  f.note("ann", Answer::no_answer);
  CHECK(f.find("ann") == kUnknown);
  f.note("ann", Answer::known);
  CHECK(f.find("ann") == kKnown);
  CHECK(f.count_rows() <= 2);
}

TEST_CASE("cache: an answer is renewed by another one") {
  Fixture f;
  f.note("ann", Answer::known);
  f.clock.advance(days(8));
  CHECK(f.find("ann") == Knowledge{Answer::known, true});
  f.note("ann", Answer::known);
  CHECK(f.find("ann") == kKnown);
  f.clock.advance(days(30));
  CHECK(f.find("ann").answer == Answer::known);
  f.clock.advance(days(1));
  CHECK(f.find("ann") == kNothing);
}

TEST_CASE("cache: a domain has so much room, and who does not exist makes room first") {
  Fixture f({.per_shelf = 2});
  for (int i = 0; i < 300; ++i) f.note("known" + std::to_string(i), Answer::known);
  std::size_t before = 0;
  for (int i = 0; i < 300; ++i) before += f.find("known" + std::to_string(i)).answer == Answer::known ? 1U : 0U;
  CHECK(before > 200);
  f.clock.advance(seconds(1));
  for (int i = 0; i < 3'000; ++i) f.note("unknown" + std::to_string(i), Answer::unknown);
  std::size_t unknown = 0;
  for (int i = 0; i < 3'000; ++i) unknown += f.find("unknown" + std::to_string(i)).answer == Answer::unknown ? 1U : 0U;
  CHECK(unknown <= 256U * 2U);
  std::size_t after = 0;
  for (int i = 0; i < 300; ++i) after += f.find("known" + std::to_string(i)).answer == Answer::known ? 1U : 0U;
  CHECK(after > 150);  // full shelves lose one of two known ones at most
  CHECK(f.count_rows() <= 256);
}

TEST_CASE("cache: sweeping erases what does not count") {
  Fixture f;
  for (int i = 0; i < 700; ++i) f.note("u" + std::to_string(i), Answer::unknown, "d" + std::to_string(i) + ".example");
  f.note("ann", Answer::known, "d1.example");
  CHECK(*f.cache.sweep() == 0);
  f.clock.advance(days(3));
  CHECK(*f.cache.sweep() == 700);
  CHECK(f.count_rows() == 1);
  CHECK(f.find("ann", "d1.example") == kKnown);
  f.clock.advance(days(28));
  CHECK(*f.cache.sweep() == 1);
  CHECK(f.count_rows() == 0);
}

TEST_CASE("cache: a row that cannot be read is an error, and begun anew by the next answer") {
  for (const View value : {View(""), View("2"), View("1short"), View("1aaaaaaaaaaaaaaaax12345")}) {
    Fixture f;
    f.note("ann", Answer::known);
    std::string key;
    REQUIRE(f.rows->scan("v:", store::after_prefix("v:"), [&](View row, View, store::Revision) {
      key = own(row);
      return false;
    }));
    REQUIRE(f.rows->commit(store::Batch().put(key, value)));
    const auto found = f.cache.find({"ann", "one.example"});
    REQUIRE(!found);
    CHECK(found.error().code == Code::corrupt);
    f.note("ann", Answer::known);
    CHECK(f.find("ann") == kKnown);
    REQUIRE(f.rows->commit(store::Batch().put(key, value)));
    CHECK(*f.cache.sweep() == 1);
    CHECK(f.count_rows() == 0);
  }
}
