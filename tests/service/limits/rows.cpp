#include "service/limits/rows.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::limits;

namespace {
WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(1'700'000'000 + seconds)); }
}  // namespace

TEST_CASE("a bucket holds what its window allows and fills up evenly") {
  Bucket bucket;
  constexpr std::chrono::seconds kWindow{100};
  CHECK(bucket.wait(10, kWindow, 10, at(0)).count() == 0);
  CHECK(bucket.wait(10, kWindow, 11, at(0)) == std::chrono::seconds(10));
  bucket.take(10, kWindow, 10, at(0));
  CHECK(bucket.wait(10, kWindow, 1, at(0)) == std::chrono::seconds(10));
  CHECK(bucket.wait(10, kWindow, 1, at(9)) == std::chrono::seconds(1));
  CHECK(bucket.wait(10, kWindow, 1, at(10)).count() == 0);
  CHECK(bucket.wait(10, kWindow, 10, at(99)).count() > 0);
  CHECK(bucket.wait(10, kWindow, 10, at(100)).count() == 0);
  bucket.take(10, kWindow, 5, at(0));
  CHECK(bucket.wait(10, kWindow, 1, at(0)) == std::chrono::seconds(60));  // over the limit: the next waits longer
}

TEST_CASE("a bucket without a limit is never empty, and a clock that went back does not close one for long") {
  Bucket bucket;
  bucket.take(0, std::chrono::seconds(1), 1'000'000, at(0));
  CHECK(bucket == Bucket{});
  CHECK(bucket.wait(0, std::chrono::seconds(1), 1'000'000, at(0)).count() == 0);
  bucket.take(1, std::chrono::seconds(10), 1, at(1'000'000));
  CHECK(bucket.wait(1, std::chrono::seconds(10), 1, at(0)) == std::chrono::seconds(20));
}

TEST_CASE("counts come back as they were written") {
  Counts counts;
  CHECK(*parse_counts(format(counts)) == counts);
  counts.messages.full_at = 1;
  counts.recipients.full_at = -2;
  counts.first_time.full_at = 1'700'000'000'000'000;
  counts.refusals.full_at = 4;
  counts.outcomes = "0110";
  counts.freeze = {FreezeReason::automation, at(5)};
  counts.touched = at(6);
  counts.sent = {{at(1), 0xFFFFFFFFFFFFFFFFU, 3}, {at(2), 0, 0}};
  const auto read = parse_counts(format(counts));
  REQUIRE(read);
  CHECK(*read == counts);
  CHECK(read->sent == counts.sent);
  CHECK(read->freeze.reason == FreezeReason::automation);
  CHECK(read->recipients.full_at == -2);
}

TEST_CASE("broken counts are corrupt, unknown names are passed over") {
  for (const char* bad : {"", "2\n", "1\nmessages=x\n", "1\noutcomes=012\n", "1\nfrozen=5\n", "1\nsent=1,2\n",
                          "1\nsent=1,2,x\n", "1\nmessages\n"}) {
    CAPTURE(bad);
    const auto read = parse_counts(bad);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::corrupt);
  }
  CHECK(parse_counts("1\nlater=5\n").has_value());
}

TEST_CASE("a shelf remembers for a time, and the oldest makes room") {
  Shelf shelf;
  constexpr std::chrono::days kRemember{10};
  shelf.add("aaaaaaaa", 100, 2);
  shelf.add("bbbbbbbb", 101, 2);
  CHECK(shelf.knows("aaaaaaaa", 110, kRemember));
  CHECK_FALSE(shelf.knows("aaaaaaaa", 111, kRemember));
  shelf.add("aaaaaaaa", 102, 2);
  shelf.add("cccccccc", 103, 2);
  CHECK(shelf.entries.size() == 2);
  CHECK(shelf.knows("aaaaaaaa", 103, kRemember));
  CHECK_FALSE(shelf.knows("bbbbbbbb", 103, kRemember));
  const auto read = parse_shelf(format(shelf));
  REQUIRE(read);
  CHECK(read->entries == shelf.entries);
  CHECK_FALSE(parse_shelf("").has_value());
  CHECK_FALSE(parse_shelf("1abc").has_value());
  CHECK_FALSE(parse_shelf("2").has_value());
  CHECK(parse_shelf("1")->entries.empty());
}

TEST_CASE("keys belong to their account and domain") {
  CHECK(account_key(store::AccountId(0x1F), Kind::redirected) == "l:a:000000000000001f:r");
  CHECK(domain_key("example.org", Kind::vacation) == "l:d:example.org:v");
  CHECK(shelf_key(store::AccountId(1), "\xA5zzzzzzz") == "l:r:0000000000000001:a5");
}
