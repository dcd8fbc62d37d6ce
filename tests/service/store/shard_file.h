// A shard's database with its tables, for the tests of the parts of the sqlite engine.
#pragma once

#include <doctest/doctest.h>

#include "service/store/scratch.h"
#include "service/store/sqlite_connection.h"
#include "service/store/sqlite_files.h"

namespace posthorn::store::sqlite {

struct ShardFile {
  ShardFile() {
    REQUIRE(make_file(path));
    Connection writer = open(Access::write);
    REQUIRE(create_tables(writer, 0));
  }
  [[nodiscard]] Connection open(Access access) const {
    Result<Connection> opened = Connection::open(path, access);
    REQUIRE(opened);
    return std::move(*opened);
  }

  Scratch scratch;
  std::string path = scratch.path("shard-0.db");
};

}  // namespace posthorn::store::sqlite
