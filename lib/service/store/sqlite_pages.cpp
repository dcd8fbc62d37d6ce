#include "service/store/sqlite_pages.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

#include <sqlite3.h>

namespace posthorn::store::sqlite {
namespace {

constexpr std::size_t kSmallestPage = 512;
constexpr std::size_t kLargestPage = 65536;
/// Pages that a database may grow by while one log is copied into it: far more than a log ever holds.
constexpr std::uint64_t kGrowth = std::uint64_t{1} << 24U;
constexpr const char* kName = "posthorn-clean";

std::size_t number(View page, std::size_t place, std::size_t octets) {
  std::size_t value = 0;
  for (const char c : page.substr(place, octets)) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

/// The layer of SQLite's own with another way to open.
struct Layer {
  sqlite3_vfs base;  // first: SQLite gives us its address
  sqlite3_vfs* inner;
};

/// What we keep behind SQLite's own object of a file: its methods with another way to write.
struct Extra {
  sqlite3_io_methods methods;  // first: the file points to it
  const sqlite3_io_methods* inner;
};

/// Room for SQLite's own object, rounded up so that what follows is aligned.
std::size_t inner_octets(const sqlite3_vfs& inner) {
  return (static_cast<std::size_t>(inner.szOsFile) + alignof(Extra) - 1) / alignof(Extra) * alignof(Extra);
}

bool is_page(std::size_t octets) {
  return octets >= kSmallestPage && octets <= kLargestPage && (octets & (octets - 1)) == 0;
}

int write_clean(sqlite3_file* file, const void* begin, int count, sqlite3_int64 offset) {
  const sqlite3_io_methods& inner = *reinterpret_cast<const Extra*>(file->pMethods)->inner;
  const View page(static_cast<const char*>(begin), static_cast<std::size_t>(count));
  sqlite3_int64 size = 0;
  // the first page begins with the header of the file and holds the names of the tables only
  if (offset == 0 || !is_page(page.size()) || inner.xFileSize(file, &size) != SQLITE_OK) {
    return inner.xWrite(file, begin, count, offset);
  }
  const Gap gap = gap_of(page, static_cast<std::uint64_t>(size) / page.size() + kGrowth);
  const View old = page.substr(gap.begin, gap.count);
  if (old.find_first_not_of('\0') == View::npos) return inner.xWrite(file, begin, count, offset);
  std::array<char, kLargestPage> clean;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  std::ranges::copy(page, clean.begin());
  std::fill_n(clean.begin() + static_cast<std::ptrdiff_t>(gap.begin), gap.count, '\0');
  return inner.xWrite(file, clean.data(), count, offset);
}

int open_clean(sqlite3_vfs* layer, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* inner = reinterpret_cast<Layer*>(layer)->inner;
  const int code = inner->xOpen(inner, name, file, flags, flags_out);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0 || file->pMethods == nullptr) return code;
  auto* place = reinterpret_cast<Extra*>(reinterpret_cast<char*>(file) + inner_octets(*inner));
  Extra* extra = std::construct_at(place, Extra{.methods = *file->pMethods, .inner = file->pMethods});
  extra->methods.xWrite = write_clean;
  file->pMethods = &extra->methods;
  return code;
}

}  // namespace

Gap gap_of(View page, std::uint64_t pages) {
  if (!is_page(page.size()) || number(page, 0, 4) <= pages) return {};
  std::size_t directory = 0;
  switch (page.front()) {
    case '\x02':
    case '\x05': directory = 12; break;  // inner pages of a tree
    case '\x0A':
    case '\x0D': directory = 8; break;  // its leaves
    default: return {};
  }
  const std::size_t begin = directory + 2 * number(page, 3, 2);
  std::size_t end = number(page, 5, 2);
  if (end == 0) end = kLargestPage;
  if (begin > end || end > page.size()) return {};
  return {.begin = begin, .count = end - begin};
}

const char* clean_files() {
  static const bool registered = [] {
    sqlite3_vfs* inner = sqlite3_vfs_find(nullptr);
    if (inner == nullptr) return false;
    static Layer layer{.base = *inner, .inner = inner};
    layer.base.zName = kName;
    layer.base.pNext = nullptr;
    layer.base.szOsFile = static_cast<int>(inner_octets(*inner) + sizeof(Extra));
    layer.base.xOpen = open_clean;
    return sqlite3_vfs_register(&layer.base, 0) == SQLITE_OK;
  }();
  return registered ? kName : nullptr;
}

}  // namespace posthorn::store::sqlite
