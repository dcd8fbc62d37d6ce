// Pages without remains: a file layer for SQLite that clears the unused middle of a page when it goes into the
// database.
//
// `PRAGMA secure_delete` overwrites what is deleted where it stands. When a page is split or balanced, though, SQLite
// moves entries to a neighbour and leaves their old octets in the gap between the page's directory and its entries:
// they outlive the entry. A gap is never read, so it can be cleared in every page that is written. The log needs the
// pages as they are (its frames have checksums), so it is passed on untouched; it is emptied otherwise
// (sqlite_purge.h).
#pragma once

#include <cstdint>
#include <span>

#include "posthorn/bytes/view.h"

namespace posthorn::store::sqlite {

/// Where the gap of a page is; `count` is 0 when there is none, or when it may not be a page of a tree.
struct Gap {
  std::size_t begin = 0;
  std::size_t count = 0;
  bool operator==(const Gap&) const = default;
};

/// The gap of a page of a database. `pages` is an upper bound of the pages that the database has: pages that carry on a
/// long value begin with the number of the next one, and a page whose first octets can be such a number is left alone.
/// @source https://www.sqlite.org/fileformat2.html, section 1.6
[[nodiscard]] Gap gap_of(View page, std::uint64_t pages);

/// The name of the file layer for sqlite3_open_v2; registered with SQLite at the first call. Safe to call from many
/// threads. Null when SQLite has no file layer of its own.
[[nodiscard]] const char* clean_files();

}  // namespace posthorn::store::sqlite
