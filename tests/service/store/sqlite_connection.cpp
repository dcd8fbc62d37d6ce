#include "service/store/sqlite_connection.h"

#include <fstream>

#include <doctest/doctest.h>

#include "service/store/shard_file.h"

namespace posthorn::store::sqlite {

TEST_CASE("connection: every query of the table compiles") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  for (std::size_t i = static_cast<std::size_t>(Query::number_get); i < static_cast<std::size_t>(Query::count_); ++i) {
    INFO(i);
    const auto step = connection.query(static_cast<Query>(i)).step();
    // unbound parameters are NULL: a constraint may refuse them, but no statement is malformed
    if (!step) CHECK(step.error().note.find("constraint failed") != std::string::npos);
  }
}

TEST_CASE("connection: octets of every value, empty ones and NULs come back") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  for (const View value : {View(), View(""), View("\0x\xFF", 3)}) {
    REQUIRE(connection.query(Query::row_put).bind(1).bind("k").bind(value).bind(9).run());
    Statement get = connection.query(Query::row_get);
    REQUIRE(*get.bind(1).bind("k").step());
    CHECK(get.octets(0) == value);
    CHECK(!get.is_null(0));
    CHECK(get.number(1) == 9);
  }
}

TEST_CASE("connection: readers see committed transactions only and cannot write") {
  const ShardFile file;
  Connection writer = file.open(Access::write);
  Connection reader = file.open(Access::read);
  const auto is_there = [&] { return *reader.query(Query::account_get).bind(1).step(); };
  REQUIRE(writer.query(Query::begin).run());
  REQUIRE(writer.query(Query::account_put).bind(1).bind(5).run());
  CHECK(!is_there());
  REQUIRE(writer.query(Query::commit).run());
  CHECK(is_there());
  CHECK(writer.log_pages() > 0);
  REQUIRE(writer.query(Query::begin).run());
  REQUIRE(writer.query(Query::account_erase).bind(1).run());
  CHECK(writer.recover());
  CHECK(writer.recover());
  CHECK(is_there());
  CHECK(!reader.query(Query::account_erase).bind(1).run());
  CHECK(writer.checkpoint());
}

TEST_CASE("connection: tables know their format and shard") {
  const ShardFile file;
  Connection connection = file.open(Access::write);
  CHECK(check_tables(connection, 0));
  CHECK(check_tables(connection, 1).error().code == Code::corrupt);
  REQUIRE(connection.query(Query::number_put).bind("format").bind(kFormat + 1).run());
  CHECK(check_tables(connection, 0).error().code == Code::unsupported);
  REQUIRE(connection.execute("DELETE FROM numbers"));
  CHECK(check_tables(connection, 0).error().code == Code::corrupt);
}

TEST_CASE("connection: what is no database is corrupt") {
  const Scratch scratch;
  std::ofstream(scratch.path("x.db")) << std::string(8192, 'x');
  CHECK(Connection::open(scratch.path("x.db"), Access::write).error().code == Code::corrupt);
  CHECK(Connection::open(scratch.path("absent.db"), Access::write).error().code == Code::unavailable);
}

}  // namespace posthorn::store::sqlite
