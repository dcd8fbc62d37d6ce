#include "service/store/sqlite_check.h"

#include <map>
#include <unordered_map>

#include "service/store/sqlite_jobs.h"

namespace posthorn::store::sqlite {
namespace {

/// Reads the tables of one shard inside one read transaction.
class Checker {
 public:
  Checker(Connection& connection, unsigned shard, const Layout& layout, const std::function<void(View)>& problem)
      : connection_(connection), shard_(shard), layout_(layout), problem_(problem) {}

  Result<void> run() {
    if (Result<void> ok = file(); !ok) return ok;
    if (Result<void> ok = accounts(); !ok) return ok;
    if (Result<void> ok = rows(); !ok) return ok;
    if (Result<void> ok = bodies(); !ok) return ok;
    return chunks();
  }

 private:
  struct Body {
    std::uint64_t expected = 0;
    std::uint64_t found = 0;
    std::uint64_t chunks = 0;
    bool staged = false;
  };

  void say(const std::string& what) { problem_("shard " + std::to_string(shard_) + ": " + what); }

  Result<void> file() {
    return connection_.each_row("PRAGMA integrity_check(100)", [&](Statement& row) {
      if (row.octets(0) != "ok") say(own(row.octets(0)));
    });
  }

  Result<void> accounts() {
    if (Result<void> ok = connection_.each_row("SELECT value FROM numbers WHERE CAST(name AS TEXT) = 'blob'",
                                               [&](Statement& row) { numbers_ = row.number(0); });
        !ok) {
      return ok;
    }
    return connection_.each_row("SELECT account, revision FROM accounts", [&](Statement& row) {
      const AccountId account(row.number(0));
      if (shard_of(account, layout_.shards) != shard_) say("account " + name(account) + " is in the wrong shard");
      if (row.number(1) == 0) say("account " + name(account) + " has revision 0");
      revisions_[account] = row.number(1);
    });
  }

  Result<void> rows() {
    return connection_.each_row(
        "SELECT account, key, revision, typeof(key) = 'blob' AND typeof(value) = 'blob' FROM rows",
        [&](Statement& row) {
          const AccountId account(row.number(0));
          const View key = row.octets(1);
          const auto known = revisions_.find(account);
          if (known == revisions_.end()) {
            say("a row of account " + name(account) + ", which does not exist");
          } else if (row.number(2) == 0 || row.number(2) > known->second) {
            say("a row of account " + name(account) + " with a revision that was not reached");
          }
          if (key.empty() || key.find('\0') != View::npos || row.number(3) == 0) {
            say("a row of account " + name(account) + " with a malformed key or value");
          }
        });
  }

  Result<void> bodies() {
    Result<void> ok = connection_.each_row("SELECT account, blob, octets FROM blobs", [&](Statement& row) {
      const AccountId account(row.number(0));
      if (!revisions_.contains(account)) say("a body of account " + name(account) + ", which does not exist");
      add_body(row.number(1), {.expected = row.number(2), .found = 0, .chunks = 0, .staged = false});
    });
    if (!ok) return ok;
    return connection_.each_row("SELECT blob FROM drafts", [&](Statement& row) {
      add_body(row.number(0), {.expected = 0, .found = 0, .chunks = 0, .staged = true});
    });
  }

  void add_body(std::uint64_t blob, const Body& body) {
    if (!bodies_.emplace(blob, body).second) say("body " + std::to_string(blob) + " is there twice");
    if (blob == 0 || blob > numbers_) say("body " + std::to_string(blob) + " has a number that was never given");
  }

  Result<void> chunks() {
    Result<void> ok =
        connection_.each_row("SELECT chunk, length(octets), typeof(octets) = 'blob' FROM chunks ORDER BY chunk",
                             [&](Statement& row) { chunk(row); });
    if (!ok) return ok;
    for (const auto& [blob, body] : bodies_) {
      if (body.staged || body.found == body.expected) continue;
      say("body " + std::to_string(blob) + " has " + std::to_string(body.found) + " of " +
          std::to_string(body.expected) + " octets");
    }
    return {};
  }

  void chunk(const Statement& row) {
    const std::uint64_t blob = row.number(0) >> kChunkBits;
    const auto body = bodies_.find(blob);
    if (body == bodies_.end()) {
      say("a piece of body " + std::to_string(blob) + ", which does not exist");
      return;
    }
    // every piece but the last is full, and the places have no gap
    const bool in_place = (row.number(0) & kChunkMask) == body->second.chunks;
    const bool after_full = body->second.found == body->second.chunks * layout_.chunk_octets;
    if (!in_place || !after_full || row.number(1) > layout_.chunk_octets || row.number(2) == 0) {
      say("body " + std::to_string(blob) + " has pieces out of order");
    }
    ++body->second.chunks;
    body->second.found += row.number(1);
  }

  static std::string name(AccountId account) { return std::to_string(account.value()); }

  Connection& connection_;
  unsigned shard_;
  const Layout& layout_;
  const std::function<void(View)>& problem_;
  std::unordered_map<AccountId, std::uint64_t> revisions_;
  std::map<std::uint64_t, Body> bodies_;
  std::uint64_t numbers_ = 0;  // highest number that was ever given
};

}  // namespace

Result<void> check_shard(Connection& connection, unsigned shard, const Layout& layout,
                         const std::function<void(View)>& problem) {
  if (Result<void> ok = connection.execute("BEGIN"); !ok) return ok;
  Result<void> done = Checker(connection, shard, layout, problem).run();
  static_cast<void>(connection.recover());
  if (!done && done.error().code == Code::corrupt) {
    problem("shard " + std::to_string(shard) + ": " + done.error().note);
    return {};
  }
  return done;
}

}  // namespace posthorn::store::sqlite
