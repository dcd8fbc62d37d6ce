#include "service/store/sqlite_jobs.h"

#include <doctest/doctest.h>

#include "service/store/shard_file.h"

namespace posthorn::store::sqlite {
namespace {

constexpr std::size_t kChunk = 4096;

std::uint64_t count(Connection& connection, const char* text) {
  std::uint64_t found = 0;
  REQUIRE(connection.each_row(text, [&](const Statement& row) { found = row.number(0); }));
  return found;
}

std::shared_ptr<Draft> draft(std::uint64_t blob, std::string body) {
  return std::make_shared<Draft>(Draft{
      .account = AccountId(1), .blob = BlobId(blob), .octets = body.size(), .staged = false, .body = std::move(body)});
}

}  // namespace

TEST_CASE("jobs: a small body goes in with its batch, in chunks") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  const auto body = draft(1, std::string(10'000, 'x'));
  REQUIRE(apply(connection, AccountId(1), Batch().keep(BlobId(1)).put("a", "1"), {body}, kChunk));
  CHECK(count(connection, "SELECT count(*) FROM chunks") == 3);
  CHECK(count(connection, "SELECT octets FROM blobs") == 10'000);
  REQUIRE(apply(connection, AccountId(1), Batch().drop(BlobId(1)), {}, kChunk));
  CHECK(count(connection, "SELECT count(*) FROM chunks") == 0);
  CHECK(count(connection, "SELECT count(*) FROM blobs") == 0);
}

TEST_CASE("jobs: a staged body is kept or forgotten") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  for (const std::uint64_t blob : {1U, 2U}) {
    const auto big = draft(blob, {});
    REQUIRE(stage(connection, *big, 77, 0, std::string(2 * kChunk, 'x'), kChunk));
    REQUIRE(stage(connection, *big, 77, 2, "rest", kChunk));
    big->staged = true;
    big->octets = 2 * kChunk + 4;
    if (blob == 1) REQUIRE(apply(connection, AccountId(1), Batch().keep(BlobId(1)), {big}, kChunk));
  }
  CHECK(count(connection, "SELECT count(*) FROM drafts") == 1);
  CHECK(count(connection, "SELECT count(*) FROM chunks") == 6);
  REQUIRE(forget(connection, BlobId(2)));
  REQUIRE(forget(connection, BlobId(1)));  // it is kept: stays
  CHECK(count(connection, "SELECT count(*) FROM drafts") == 0);
  CHECK(count(connection, "SELECT count(*) FROM chunks") == 3);
}

TEST_CASE("jobs: a refusal changes nothing") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  const auto refused = apply(connection, AccountId(1), Batch().put("a", "1").expect("b", Revision(1)), {}, kChunk);
  CHECK(refused.error().code == Code::conflict);
  const auto unknown = apply(connection, AccountId(1), Batch().put("a", "1").keep(BlobId(5)), {}, kChunk);
  CHECK(unknown.error().code == Code::not_found);
  CHECK(count(connection, "SELECT count(*) FROM rows") == 0);
  CHECK(count(connection, "SELECT count(*) FROM accounts") == 0);
}

TEST_CASE("jobs: revisions go on after an erase; numbers are given once") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  for (int i = 0; i < 3; ++i) REQUIRE(apply(connection, AccountId(1), Batch().put("a", "1"), {}, kChunk));
  REQUIRE(erase_account(connection, AccountId(1)));
  CHECK(count(connection, "SELECT count(*) FROM rows") == 0);
  CHECK(*apply(connection, AccountId(1), Batch(), {}, kChunk) == Revision(4));
  CHECK(*reserve(connection, "blob", 10) == 1);
  CHECK(*reserve(connection, "blob", 10) == 11);
}

}  // namespace posthorn::store::sqlite
