#include "service/store/sqlite_pages.h"

#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "service/store/scratch.h"
#include "service/store/shard_file.h"
#include "service/store/tokens.h"

namespace posthorn::store::sqlite {
namespace {

/// A page with the kind, the number of entries and the start of the entries' octets, as the file format has them.
std::string page_of(unsigned char kind, unsigned entries, unsigned start, std::size_t octets = 4096) {
  std::string page(octets, 'x');
  page[0] = static_cast<char>(kind);
  page[1] = page[2] = '\0';
  page[3] = static_cast<char>(entries >> 8U);
  page[4] = static_cast<char>(entries & 0xFFU);
  page[5] = static_cast<char>(start >> 8U);
  page[6] = static_cast<char>(start & 0xFFU);
  return page;
}

/// Rows that come, change and go at random, long ones and short ones, in the table of a shard; checkpoints between.
/// Returns the tokens of those that are gone.
std::vector<std::uint64_t> churn(Connection& connection, unsigned seed) {
  std::mt19937 random(seed);
  std::map<std::string, std::uint64_t> living;
  std::vector<std::uint64_t> gone;
  std::uint64_t next = 0;
  constexpr std::array<std::size_t, 5> kSizes = {30, 120, 400, 1500, 9000};
  for (int step = 0; step < 1500; ++step) {
    REQUIRE(connection.query(Query::begin).run());
    for (int i = 0; i < 8; ++i) {
      const bool erases = random() % 3 == 0 && !living.empty();
      if (erases || (random() % 8 == 0 && !living.empty())) {
        auto row = living.begin();
        std::advance(row, static_cast<std::ptrdiff_t>(random() % living.size()));
        gone.push_back(row->second);
        REQUIRE(connection.query(Query::row_erase).bind(1).bind(row->first).run());
        living.erase(row);
        if (erases) continue;
      }
      const std::string key = std::to_string(random() % 5) + "/" + std::to_string(next);
      const std::string value = tokens(++next, kSizes[random() % kSizes.size()]);
      REQUIRE(connection.query(Query::row_put).bind(1).bind(key).bind(value).bind(1).run());
      living[key] = next;
    }
    REQUIRE(connection.query(Query::commit).run());
    if (step % 200 == 0) REQUIRE(connection.checkpoint());
  }
  REQUIRE(*connection.empty_log());
  return gone;
}

std::size_t left_of(const std::vector<std::uint64_t>& gone, const std::string& directory) {
  const std::set<std::uint64_t> found = find_tokens(directory);
  std::size_t left = 0;
  for (const std::uint64_t token : gone) left += found.contains(token) ? 1 : 0;
  return left;
}

}  // namespace

TEST_CASE("pages: where the gap of a page is") {
  constexpr std::uint64_t kPages = 1000;
  CHECK(gap_of(page_of(0x0D, 3, 4000), kPages) == Gap{14, 3986});
  CHECK(gap_of(page_of(0x0A, 300, 1000), kPages) == Gap{608, 392});
  CHECK(gap_of(page_of(0x02, 0, 4096), kPages) == Gap{12, 4084});
  CHECK(gap_of(page_of(0x05, 2, 16), kPages) == Gap{16, 0});
  CHECK(gap_of(page_of(0x0D, 1, 0, 65536), kPages) == Gap{10, 65526});  // 0 stands for 65,536
  CHECK(gap_of(page_of(0x0D, 1, 600, 512), kPages) == Gap{});           // beyond the page
  CHECK(gap_of(page_of(0x0D, 1, 0), kPages) == Gap{});
  CHECK(gap_of(page_of(0x0D, 2000, 4000), kPages) == Gap{});  // the directory runs into the entries
  CHECK(gap_of(page_of(0x00, 3, 4000), kPages) == Gap{});     // carries on a long value, or is free
  CHECK(gap_of(page_of(0x03, 3, 4000), kPages) == Gap{});
  CHECK(gap_of(page_of(0x0D, 3, 4000), 0x0D000003) == Gap{});  // might be the number of a page
  CHECK(gap_of(std::string(1000, '\x0D'), kPages) == Gap{});   // no size of a page
  CHECK(gap_of("", kPages) == Gap{});
}

TEST_CASE("pages: what was erased is in no page, whatever was moved in between") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    const ShardFile file;
    Connection connection = file.open(Access::write);
    const std::vector<std::uint64_t> gone = churn(connection, seed);
    CHECK(gone.size() > 1000);
    CHECK(left_of(gone, file.scratch.path("")) == 0);
    REQUIRE(connection.each_row("PRAGMA integrity_check", [](const Statement& row) { CHECK(row.octets(0) == "ok"); }));
  }
}

TEST_CASE("pages: a failure to open is that of the system") {
  const Scratch scratch;
  sqlite3* database = nullptr;
  REQUIRE(clean_files() != nullptr);
  CHECK(sqlite3_open_v2(scratch.path("absent").c_str(), &database, SQLITE_OPEN_READWRITE, clean_files()) ==
        SQLITE_CANTOPEN);
  sqlite3_close_v2(database);
}

}  // namespace posthorn::store::sqlite
