// One connection to a shard's database with its prepared statements. Used by one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <sqlite3.h>

#include "posthorn/bytes/result.h"

namespace posthorn::store::sqlite {

/// Every statement that runs more than once; the texts are in the table of sqlite_connection.cpp.
enum class Query : std::uint8_t {
  begin,
  commit,
  rollback,
  number_get,
  number_put,
  account_get,
  account_put,
  account_erase,
  accounts,
  row_get,
  row_revision,
  row_put,
  row_erase,
  rows_erase,
  rows_scan,
  blob_size,
  blob_put,
  blob_erase,
  blobs,
  blobs_read,
  chunk_put,
  chunks_erase,
  draft_put,
  draft_erase,
  drafts,
  sessions,
  count_
};

class Connection;

/// A statement in use; reset when this object ends.
class Statement {
 public:
  Statement(sqlite3_stmt* statement, sqlite3* database) : statement_(statement), database_(database) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_reset(statement_); }

  /// Binds the next parameter. @lifetime octets live until the statement ends
  Statement& bind(std::uint64_t number);
  Statement& bind(View octets);

  /// True when there is a row, false at the end.
  [[nodiscard]] Result<bool> step();
  /// Runs a statement that gives no rows.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
  }
  /// @lifetime until the next step
  [[nodiscard]] View octets(int column) const;
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
  sqlite3_stmt* statement_;
  sqlite3* database_;
  int next_ = 1;
};

enum class Access : std::uint8_t { read, write };

class Connection {
 public:
  /// Opens a database whose file exists. @errors unavailable, corrupt, no_space
  [[nodiscard]] static Result<Connection> open(const std::string& path, Access access);

  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;

  /// The prepared statement of a query, ready to bind. A failure to prepare shows at the first step.
  [[nodiscard]] Statement query(Query query);
  /// Runs statements that need no parameters and are rare.
  [[nodiscard]] Result<void> execute(const char* text);
  /// Prepares a rare statement and calls `each` with every row of it.
  template <class Each>
  Result<void> each_row(const char* text, Each&& each) {
    const Prepared prepared(prepare(text));
    Statement statement(prepared.get(), database_.get());
    for (;;) {
      const Result<bool> more = statement.step();
      if (!more) return fail(more.error());
      if (!*more) return {};
      each(statement);
    }
  }
  /// Rolls back what is open. False when the connection is of no more use.
  [[nodiscard]] bool recover();
  /// Rows that the last statement changed.
  [[nodiscard]] int changes() const { return sqlite3_changes(database_.get()); }
  /// Pages in the write-ahead log after the last commit of this connection.
  [[nodiscard]] unsigned log_pages() const { return *log_pages_; }
  /// Copies the write-ahead log into the database as far as readers allow.
  [[nodiscard]] Result<void> checkpoint();
  /// Copies the whole log and makes its file empty. False when somebody uses the log: then it has done what checkpoint
  /// does. Waits for nobody.
  [[nodiscard]] Result<bool> empty_log();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

  explicit Connection(sqlite3* database);
  [[nodiscard]] sqlite3_stmt* prepare(const char* text);

  std::unique_ptr<sqlite3, Close> database_;
  std::array<Prepared, static_cast<std::size_t>(Query::count_)> statements_;
  std::unique_ptr<unsigned> log_pages_ = std::make_unique<unsigned>(0);
};

/// The tables of a shard, made when absent. @errors as open
[[nodiscard]] Result<void> create_tables(Connection& connection, unsigned shard);
/// Compares what create_tables recorded with what is expected. @errors unsupported, corrupt
[[nodiscard]] Result<void> check_tables(Connection& connection, unsigned shard);

}  // namespace posthorn::store::sqlite
