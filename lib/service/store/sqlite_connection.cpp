#include "service/store/sqlite_connection.h"

#include <algorithm>
#include <cerrno>

#include "service/store/sqlite_files.h"
#include "service/store/sqlite_pages.h"

namespace posthorn::store::sqlite {
namespace {

constexpr int kBusyMilliseconds = 30'000;

struct Text {
  Query query;
  const char* text;
};

// The order of the enumeration, checked below.
constexpr std::array<Text, static_cast<std::size_t>(Query::count_)> kTexts = {{
    {Query::begin, "BEGIN IMMEDIATE"},
    {Query::commit, "COMMIT"},
    {Query::rollback, "ROLLBACK"},
    {Query::number_get, "SELECT value FROM numbers WHERE name = ?"},
    {Query::number_put, "REPLACE INTO numbers (name, value) VALUES (?, ?)"},
    {Query::account_get, "SELECT revision FROM accounts WHERE account = ?"},
    {Query::account_put, "REPLACE INTO accounts (account, revision) VALUES (?, ?)"},
    {Query::account_erase, "DELETE FROM accounts WHERE account = ?"},
    {Query::accounts, "SELECT account FROM accounts ORDER BY account"},
    {Query::row_get, "SELECT value, revision FROM rows WHERE account = ? AND key = ?"},
    {Query::row_revision, "SELECT revision FROM rows WHERE account = ? AND key = ?"},
    {Query::row_put, "REPLACE INTO rows (account, key, value, revision) VALUES (?, ?, ?, ?)"},
    {Query::row_erase, "DELETE FROM rows WHERE account = ? AND key = ?"},
    {Query::rows_erase, "DELETE FROM rows WHERE account = ?"},
    {Query::rows_scan, "SELECT key, value, revision FROM rows WHERE account = ? AND key >= ? AND key < ? ORDER BY key"},
    {Query::blob_size, "SELECT octets FROM blobs WHERE account = ? AND blob = ?"},
    {Query::blob_put, "INSERT INTO blobs (account, blob, octets) VALUES (?, ?, ?)"},
    {Query::blob_erase, "DELETE FROM blobs WHERE account = ? AND blob = ?"},
    {Query::blobs, "SELECT blob, octets FROM blobs WHERE account = ? ORDER BY blob"},
    {Query::blobs_read,
     "SELECT b.octets, c.chunk, c.octets FROM blobs b LEFT JOIN chunks c ON c.chunk BETWEEN ?3 AND ?4"
     " WHERE b.account = ?1 AND b.blob = ?2 ORDER BY c.chunk"},
    {Query::chunk_put, "INSERT INTO chunks (chunk, octets) VALUES (?, ?)"},
    {Query::chunks_erase, "DELETE FROM chunks WHERE chunk BETWEEN ? AND ?"},
    {Query::draft_put, "INSERT INTO drafts (blob, account, session) VALUES (?, ?, ?)"},
    {Query::draft_erase, "DELETE FROM drafts WHERE blob = ?"},
    {Query::drafts, "SELECT blob FROM drafts WHERE session = ?"},
    {Query::sessions, "SELECT DISTINCT session FROM drafts"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (static_cast<std::size_t>(kTexts[i].query) != i) return false;
  }
  return true;
}
static_assert(in_order());

constexpr const char* kTables =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS numbers (name BLOB PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS accounts (account INTEGER PRIMARY KEY, revision INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS rows (account INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
    " revision INTEGER NOT NULL, PRIMARY KEY (account, key)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS blobs (account INTEGER NOT NULL, blob INTEGER NOT NULL, octets INTEGER NOT NULL,"
    " PRIMARY KEY (account, blob)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS chunks (chunk INTEGER PRIMARY KEY, octets BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS drafts (blob INTEGER PRIMARY KEY, account INTEGER NOT NULL, session INTEGER NOT NULL);"
    "COMMIT";

/// What the system said when it last refused a file of this database.
bool is_out_of_room(int code, sqlite3* database) {
  if (code == SQLITE_IOERR_SHMSIZE) return true;
  std::array<int, 3> numbers{};
  if (database != nullptr) {
    numbers[0] = sqlite3_system_errno(database);
    sqlite3_file_control(database, "main", SQLITE_FCNTL_LAST_ERRNO, &numbers[1]);
    sqlite3_file* log = nullptr;
    sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log != nullptr && log->pMethods != nullptr) {
      log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &numbers[2]);
    }
  }
  return std::any_of(numbers.begin(), numbers.end(),
                     [](int number) { return number == ENOSPC || number == EDQUOT || number == EFBIG; });
}

Error error_of(int code, sqlite3* database) {
  const std::string note =
      database == nullptr ? std::string(sqlite3_errstr(code)) : std::string(sqlite3_errmsg(database));
  switch (code & 0xFF) {
    case SQLITE_FULL: return environment_error(Code::no_space, note);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {Code::corrupt, Blame::environment, Lasting::permanent, note};
    case SQLITE_IOERR:
      return environment_error(is_out_of_room(code, database) ? Code::no_space : Code::unavailable, note);
    default: return environment_error(Code::unavailable, note);
  }
}

int remember_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<unsigned*>(pages) = static_cast<unsigned>(count);
  return SQLITE_OK;
}

Error tables_error(Code code, const std::string& note) { return {code, Blame::environment, Lasting::permanent, note}; }

}  // namespace

Statement& Statement::bind(std::uint64_t number) {
  sqlite3_bind_int64(statement_, next_++, static_cast<sqlite3_int64>(number));
  return *this;
}

Statement& Statement::bind(View octets) {
  // a null pointer would bind NULL
  const char* begin = octets.empty() ? "" : octets.data();
  sqlite3_bind_blob64(statement_, next_++, begin, octets.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  if (statement_ == nullptr) return fail(error_of(sqlite3_extended_errcode(database_), database_));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(error_of(sqlite3_extended_errcode(database_), database_));
}

Result<void> Statement::run() {
  const Result<bool> done = step();
  if (!done) return fail(done.error());
  return {};
}

View Statement::octets(int column) const {
  const void* begin = sqlite3_column_blob(statement_, column);
  const int count = sqlite3_column_bytes(statement_, column);
  return begin == nullptr ? View() : View(static_cast<const char*>(begin), static_cast<std::size_t>(count));
}

Connection::Connection(sqlite3* database) : database_(database) {}

Result<Connection> Connection::open(const std::string& path, Access access) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, clean_files());
  Connection connection(database);
  if (code != SQLITE_OK) return fail(error_of(code, database));
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  const char* settings = access == Access::write
                             ? "PRAGMA auto_vacuum = NONE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                               "PRAGMA wal_autocheckpoint = 0;"
                               "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096;"
                               "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON"
                             : "PRAGMA query_only = 1; PRAGMA cache_size = -512; PRAGMA wal_autocheckpoint = 0";
  if (Result<void> ok = connection.execute(settings); !ok) return fail(std::move(ok.error()));
  if (access == Access::write) {
    // sqlite_pages.h clears gaps of pages that it can tell apart; those of this mode it cannot.
    sqlite3_stmt* mode = connection.prepare("PRAGMA auto_vacuum");
    const bool plain = mode != nullptr && sqlite3_step(mode) == SQLITE_ROW && sqlite3_column_int(mode, 0) == 0;
    sqlite3_finalize(mode);
    if (!plain) return fail(environment_error(Code::unsupported, path + " is in auto_vacuum mode: VACUUM it without"));
  }
  if (access == Access::write) sqlite3_wal_hook(database, remember_pages, connection.log_pages_.get());
  return connection;
}

sqlite3_stmt* Connection::prepare(const char* text) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(database_.get(), text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return statement;
}

Statement Connection::query(Query query) {
  Prepared& prepared = statements_[static_cast<std::size_t>(query)];
  if (!prepared) prepared.reset(prepare(kTexts[static_cast<std::size_t>(query)].text));
  return {prepared.get(), database_.get()};
}

Result<void> Connection::execute(const char* text) {
  const int code = sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(sqlite3_extended_errcode(database_.get()), database_.get()));
  return {};
}

bool Connection::recover() {
  if (sqlite3_get_autocommit(database_.get()) != 0) return true;
  const Result<void> rolled_back = query(Query::rollback).run();
  return rolled_back && sqlite3_get_autocommit(database_.get()) != 0;
}

Result<void> Connection::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code, database_.get()));
  return {};
}

Result<bool> Connection::empty_log() {
  sqlite3_busy_timeout(database_.get(), 0);
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database_.get(), kBusyMilliseconds);
  if (code == SQLITE_OK) return true;
  if ((code & 0xFF) == SQLITE_BUSY) return false;
  return fail(error_of(code, database_.get()));
}

Result<void> create_tables(Connection& connection, unsigned shard) {
  if (Result<void> ok = connection.execute(kTables); !ok) return ok;
  if (Result<void> ok = connection.query(Query::number_put).bind("format").bind(kFormat).run(); !ok) return ok;
  return connection.query(Query::number_put).bind("shard").bind(shard).run();
}

Result<void> check_tables(Connection& connection, unsigned shard) {
  for (const auto& [name, expected] : {std::pair<View, std::uint64_t>("format", kFormat), {"shard", shard}}) {
    Statement get = connection.query(Query::number_get);
    const Result<bool> found = get.bind(name).step();
    if (!found) return fail(found.error());
    if (!*found) return fail(tables_error(Code::corrupt, "a shard without its " + own(name)));
    if (get.number(0) == expected) continue;
    const bool newer = name == "format" && get.number(0) > expected;
    return fail(tables_error(
        newer ? Code::unsupported : Code::corrupt,
        own(name) + " of a shard is " + std::to_string(get.number(0)) + ", expected " + std::to_string(expected)));
  }
  return {};
}

}  // namespace posthorn::store::sqlite
