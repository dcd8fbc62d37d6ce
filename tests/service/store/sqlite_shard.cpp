#include "service/store/sqlite_shard.h"

#include <doctest/doctest.h>

#include "service/store/shard_file.h"

namespace posthorn::store::sqlite {
namespace {

struct Fixture {
  ShardFile file;
  std::unique_ptr<Changes> changes = std::move(*Changes::open(file.scratch.path("changes")));
  Shard shard{std::move(*Writer::open({.database = file.path,
                                       .lock_file = file.scratch.path("lock"),
                                       .group = 100,
                                       .group_octets = 1U << 20U,
                                       .checkpoint_pages = 50},
                                      *changes)),
              file.path, 2, 4096};

  std::uint64_t count(const char* text) const {
    std::uint64_t found = 0;
    REQUIRE(file.open(Access::read).each_row(text, [&](const Statement& row) { found = row.number(0); }));
    return found;
  }
};

}  // namespace

TEST_CASE("shard: staged bodies of ended sessions are collected, those of living ones stay") {
  Fixture fixture;
  for (const std::uint64_t session : {5U, 6U}) {
    const Draft draft{
        .account = AccountId(1), .blob = *fixture.shard.take_number(), .octets = 0, .staged = true, .body = {}};
    REQUIRE(fixture.shard.stage(draft, session, 0, std::string(10'000, 'x')));
  }
  REQUIRE(fixture.shard.collect([](std::uint64_t session) { return session == 6; }));
  CHECK(fixture.count("SELECT count(*) FROM drafts") == 1);
  CHECK(fixture.count("SELECT session FROM drafts") == 6);
  CHECK(fixture.count("SELECT count(*) FROM chunks") == 3);
  REQUIRE(fixture.shard.collect([](std::uint64_t) { return false; }));
  CHECK(fixture.count("SELECT count(*) FROM chunks") == 0);
}

TEST_CASE("shard: numbers and sessions are given once") {
  Fixture fixture;
  const auto first = fixture.shard.take_number();
  REQUIRE(first);
  for (int i = 1; i < 5000; ++i) REQUIRE(*fixture.shard.take_number() == BlobId(first->value() + std::uint64_t(i)));
  CHECK(*fixture.shard.take_session() == 1);
  CHECK(*fixture.shard.take_session() == 2);
}

TEST_CASE("shard: a body is kept by its own account only") {
  Fixture fixture;
  const BlobId blob = *fixture.shard.take_number();
  fixture.shard.add(
      std::make_shared<Draft>(Draft{.account = AccountId(1), .blob = blob, .octets = 1, .staged = false, .body = "x"}));
  CHECK(fixture.shard.commit(AccountId(2), Batch().keep(blob), Durability::synced).error().code == Code::not_found);
  CHECK(fixture.shard.commit(AccountId(1), Batch().keep(blob), Durability::synced));
  CHECK(fixture.count("SELECT octets FROM blobs") == 1);
}

}  // namespace posthorn::store::sqlite
