#include "posthorn/testing/faulty_store.h"

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"

namespace posthorn::testing {

using store::AccountId;
using store::Batch;

TEST_CASE("faulty store: the nth operation fails and only that one") {
  const auto inner = store::make_memory_store();
  FaultyStore faulty(*inner);
  const Error error = environment_error(Code::unavailable, "on purpose");
  const auto direct = *inner->open(AccountId(1));
  REQUIRE(direct->commit(Batch().put("a", "0")));
  std::uint64_t n = 1;
  for (;; ++n) {
    REQUIRE(n < 10);
    faulty.fail_at(n, error);
    int failures = 0;
    if (const auto p = faulty.open(AccountId(1)); !p) {
      ++failures;
    } else {
      const auto done = (*p)->commit(Batch().put("a", std::to_string(n)));
      CHECK((*direct->get("a"))->value == (done ? std::to_string(n) : "0"));
      if (!done) CHECK(done.error() == error);
      if (!done) ++failures;
      if (!(*p)->get("a")) ++failures;
    }
    if (!faulty.purge()) ++failures;
    CHECK(failures == (faulty.failed() ? 1 : 0));
    if (!faulty.failed()) break;
    REQUIRE(direct->commit(Batch().put("a", "0")));
  }
  CHECK(n == 5);
}

TEST_CASE("faulty store: the nth operation and all that follow fail") {
  const auto memory = store::make_memory_store();
  testing::FaultyStore faulty(*memory);
  faulty.fail_from(2, environment_error(Code::unavailable));
  const auto partition = faulty.open(store::AccountId(1));
  REQUIRE(partition.has_value());
  CHECK_FALSE(faulty.failed());
  for (int i = 0; i < 3; ++i) CHECK_FALSE((*partition)->get("a").has_value());
  store::Batch batch;
  batch.put("a", "b");
  CHECK_FALSE((*partition)->commit(batch).has_value());
  CHECK(faulty.failed());
  faulty.fail_at(2, environment_error(Code::unavailable));
  CHECK((*partition)->get("a").has_value());
  CHECK_FALSE((*partition)->get("a").has_value());
  CHECK((*partition)->get("a").has_value());
}

TEST_CASE("faulty store: all commits fail until switched off") {
  const auto inner = store::make_memory_store();
  FaultyStore faulty(*inner);
  const auto p = *faulty.open(AccountId(1));
  faulty.fail_commits(environment_error(Code::no_space));
  for (int i = 0; i < 3; ++i) CHECK(p->commit(Batch().put("a", "1")).error().code == Code::no_space);
  CHECK(faulty.failed());
  CHECK(!*p->get("a"));
  faulty.fail_commits(std::nullopt);
  CHECK(p->commit(Batch().put("a", "1")));
  CHECK(!faulty.failed());
  CHECK(faulty.commits() == 4);
  CHECK(faulty.operations() == 6);
}

TEST_CASE("faulty store: an answer is lost") {
  const auto inner = store::make_memory_store();
  FaultyStore faulty(*inner);
  const auto p = *faulty.open(AccountId(1));
  faulty.lose_commit(2, environment_error(Code::unavailable));
  CHECK(p->commit(Batch().put("a", "1")));
  CHECK(p->commit(Batch().put("a", "2")).error().code == Code::unavailable);
  CHECK((*p->get("a"))->value == "2");
  CHECK(p->commit(Batch().put("a", "3")));
}

TEST_CASE("faulty store: bodies pass and fail") {
  const auto inner = store::make_memory_store();
  FaultyStore faulty(*inner);
  const auto p = *faulty.open(AccountId(1));
  faulty.fail_at(2, environment_error(Code::no_space));
  const auto writer = *p->write_blob();
  CHECK(writer->append("x").error().code == Code::no_space);
  CHECK(writer->append("x"));
  const auto blob = writer->finish();
  REQUIRE(blob);
  CHECK(p->commit(Batch().keep(*blob)));
  CHECK(*p->read_blob(*blob, 0, 9) == "x");
}

}  // namespace posthorn::testing
