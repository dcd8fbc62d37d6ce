#include "service/store/sqlite_writer.h"

#include <atomic>

#include <doctest/doctest.h>

#include "service/store/shard_file.h"

namespace posthorn::store::sqlite {
namespace {

struct Fixture {
  ShardFile file;
  std::unique_ptr<Changes> changes = std::move(*Changes::open(file.scratch.path("changes")));
  std::unique_ptr<Writer> writer = open();

  std::unique_ptr<Writer> open() {
    auto opened = Writer::open({.database = file.path,
                                .lock_file = file.scratch.path("lock"),
                                .group = 100,
                                .group_octets = 1U << 20U,
                                .checkpoint_pages = 50},
                               *changes);
    REQUIRE(opened);
    return std::move(*opened);
  }
  static Job put(std::uint64_t account, Durability durability = Durability::synced) {
    return {.run = [account](Connection& c) { return c.query(Query::account_put).bind(account).bind(1).run(); },
            .changed = {},
            .durability = durability,
            .octets = 0};
  }
  bool has(std::uint64_t account) const {
    Connection reader = file.open(Access::read);
    return *reader.query(Query::account_get).bind(account).step();
  }
};

}  // namespace

TEST_CASE("writer: many threads, one of whose jobs fails in a group") {
  Fixture fixture;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 1; t <= 16; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 50; ++i) {
        const std::uint64_t account = t * 1000 + i;
        Job job = Fixture::put(account, i % 3 == 0 ? Durability::relaxed : Durability::synced);
        if (t % 4 == 0) {  // changes something and fails then: must not stay, nor harm its neighbours
          job.run = [account](Connection& c) -> Result<void> {
            static_cast<void>(c.query(Query::account_put).bind(account).bind(1).run());
            return fail(environment_error(Code::unavailable));
          };
        }
        if (t % 4 == 1) job.run = [](Connection&) -> Result<void> { return fail(environment_error(Code::conflict)); };
        const auto done = fixture.writer->perform(std::move(job));
        const bool good = t % 4 > 1;
        if (done.has_value() != good) ++wrong;
        if (!done && done.error().code != (t % 4 == 0 ? Code::unavailable : Code::conflict)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  for (std::uint64_t t = 1; t <= 16; ++t) CHECK(fixture.has(t * 1000 + 49) == (t % 4 > 1));
}

TEST_CASE("writer: what waits when it ends is done") {
  Fixture fixture;
  for (std::uint64_t i = 1; i <= 500; ++i) fixture.writer->enqueue(Fixture::put(i, Durability::relaxed));
  fixture.writer.reset();
  CHECK(fixture.has(1));
  CHECK(fixture.has(500));
}

TEST_CASE("writer: two on one file take turns") {
  Fixture fixture;
  const auto second = fixture.open();
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (Writer* writer : {fixture.writer.get(), second.get()}) {
    threads.emplace_back([&, writer] {
      for (std::uint64_t i = 1; i <= 300; ++i) {
        if (!writer->perform(Fixture::put(i))) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}

}  // namespace posthorn::store::sqlite
