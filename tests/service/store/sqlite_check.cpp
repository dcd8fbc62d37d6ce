#include "service/store/sqlite_check.h"

#include <array>

#include <doctest/doctest.h>

#include "service/store/shard_file.h"
#include "service/store/sqlite_jobs.h"

namespace posthorn::store::sqlite {
namespace {

constexpr Layout kLayout{1, 4096};

std::vector<std::string> problems_after(const char* damage) {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  REQUIRE(reserve(connection, "blob", 100));
  const auto draft = std::make_shared<Draft>(Draft{
      .account = AccountId(1), .blob = BlobId(1), .octets = 10'000, .staged = false, .body = std::string(10'000, 'x')});
  REQUIRE(apply(connection, AccountId(1), Batch().keep(BlobId(1)).put("a", "1"), {draft}, 4096));
  REQUIRE(connection.execute(damage));
  std::vector<std::string> problems;
  REQUIRE(check_shard(connection, 0, kLayout, [&](View problem) { problems.emplace_back(problem); }));
  return problems;
}

}  // namespace

TEST_CASE("check: a good shard has no problem, each damage has one") {
  CHECK(problems_after("").empty());
  for (const char* damage :
       {"DELETE FROM chunks WHERE (chunk & 16777215) = 2", "DELETE FROM chunks WHERE (chunk & 16777215) = 1",
        "DELETE FROM chunks", "DELETE FROM blobs", "UPDATE blobs SET octets = octets + 1",
        "UPDATE chunks SET octets = x'00' WHERE (chunk & 16777215) = 0",
        "INSERT INTO chunks VALUES (1 << 24 | 3, x'00')", "INSERT INTO chunks VALUES (2 << 24, x'00')",
        "INSERT INTO blobs VALUES (1, 200, 0)", "INSERT INTO blobs VALUES (1, 0, 0)",
        "INSERT INTO blobs VALUES (2, 2, 0)", "INSERT INTO drafts VALUES (1, 1, 1)", "UPDATE rows SET revision = 9",
        "UPDATE rows SET revision = 0", "UPDATE rows SET key = x''", "UPDATE rows SET key = x'6100'",
        "UPDATE rows SET value = 'text'", "UPDATE accounts SET revision = 0", "DELETE FROM accounts"}) {
    INFO(damage);
    CHECK(!problems_after(damage).empty());
  }
}

TEST_CASE("shard_of: part of the format, does not change; accounts spread") {
  CHECK(shard_of(AccountId(0), 4) == 0);
  std::array<int, 4> counts{};
  for (std::uint64_t i = 0; i < 4000; ++i) ++counts[shard_of(AccountId(i), 4)];
  for (const int count : counts) CHECK(count > 900);
  CHECK(shard_of(AccountId(1), 1) == 0);
}

}  // namespace posthorn::store::sqlite
