#include "protocol/imap/search_scan.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;
using namespace posthorn::imap::search;

namespace {
struct Fixture {
  testing::ListedMailbox box;
  std::uint64_t asked = 0;
  Fixture() {
    for (std::uint32_t i = 1; i <= 100; ++i) box.add("Subject: n\r\n\r\n", i * 10, i % 10 == 0 ? 4 : 0);
  }
  std::vector<std::uint32_t> find(View keys, Ends ends = {}, std::uint32_t lowest = 1) {
    Cursor c(keys);
    Program program;
    REQUIRE(search::program(c, program));
    Scan scan(program.root, box, {}, ends, lowest);
    for (;;) {
      const auto done = scan.step();
      REQUIRE(done);
      if (*done) break;
    }
    asked = scan.asked();
    return scan.take_found();
  }
};
using Numbers = std::vector<std::uint32_t>;
}  // namespace

TEST_CASE_FIXTURE(Fixture, "scan: sets at the top say which messages are asked at all") {
  CHECK(find(" 2:3") == Numbers{2, 3});
  CHECK(asked == 2);
  CHECK(find(" UID 100:200 FLAGGED") == Numbers{10, 20});
  CHECK(asked == 11);
  CHECK(find(" 1:50 UID 400:* NOT 45:50") == Numbers{40, 41, 42, 43, 44});
  CHECK(asked == 11);
  CHECK(find(" OR 1 FLAGGED UID 1:200") == Numbers{1, 10, 20});
  CHECK(asked == 20);
  CHECK(find(" 101:200") == Numbers{});
  CHECK(asked == 0);
}

TEST_CASE_FIXTURE(Fixture, "scan: the ends alone are found from the ends") {
  CHECK(find(" FLAGGED", {true, false}) == Numbers{10});
  CHECK(asked == 10);
  CHECK(find(" FLAGGED NOT 100", {false, true}) == Numbers{90});
  CHECK(asked == 11);
  CHECK(find(" FLAGGED", {true, true}) == Numbers{10, 100});
  CHECK(asked == 11);
  CHECK(find(" 15:25 FLAGGED", {true, true}) == Numbers{20});
  CHECK(find(" DRAFT", {true, true}) == Numbers{});
  CHECK(asked == 100);
}

TEST_CASE_FIXTURE(Fixture, "scan: a lowest number limits it") {
  CHECK(find(" FLAGGED", {}, 85) == Numbers{90, 100});
  CHECK(asked == 16);
}

TEST_CASE_FIXTURE(Fixture, "scan: a step reads no more than it may") {
  box.messages.clear();
  for (std::uint32_t i = 1; i <= 40; ++i) box.add("\r\n" + std::string(300'000, 'x'), i);
  Cursor c(" BODY y");
  Program program;
  REQUIRE(search::program(c, program));
  Scan scan(program.root, box, {});
  const auto done = scan.step();
  REQUIRE(done);
  CHECK_FALSE(*done);
  CHECK(box.octets_read <= kOctetsPerStep + 400'000);
}

TEST_CASE_FIXTURE(Fixture, "scan: the highest mod-sequence of some") {
  CHECK(highest_modseq(box, {3, 1}) == ModSeq(300));
  CHECK(highest_modseq(box, {}) == ModSeq());
}
