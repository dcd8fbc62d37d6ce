// The files of a SQLite store beside the databases: directory, format file, locks. Knows no SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/result.h"

namespace posthorn::store::sqlite {

/// Number of the on-disk format (docs/formats/store.md).
inline constexpr unsigned kFormat = 1;

/// A file descriptor that is closed with its object.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Opens for reading and writing, makes it with mode 0600 when absent. @errors unavailable, no_space
  [[nodiscard]] static Result<File> open(const std::string& path);

 private:
  void close();
  int descriptor_ = -1;
};

/// Octet `place` of a file as a lock between objects and processes; the kernel gives it back when its holder dies.
class Lock {
 public:
  Lock() = default;
  /// Waits for the lock. @lifetime `file` outlives the lock @errors unavailable
  [[nodiscard]] static Result<Lock> take(const File& file, std::uint64_t place);
  /// Whether anybody with another File holds the lock.
  [[nodiscard]] static bool is_held(const File& file, std::uint64_t place);

  Lock(Lock&& other) noexcept : descriptor_(other.descriptor_), place_(other.place_) { other.descriptor_ = -1; }
  Lock& operator=(Lock&& other) noexcept;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { release(); }
  void release();

 private:
  Lock(int descriptor, std::uint64_t place) : descriptor_(descriptor), place_(place) {}
  int descriptor_ = -1;
  std::uint64_t place_ = 0;
};

/// What is fixed when a store is created.
struct Layout {
  unsigned shards = 0;
  std::size_t chunk_octets = 0;
  bool operator==(const Layout&) const = default;
};

/// Makes the directory when absent. @errors unavailable, no_space
[[nodiscard]] Result<void> make_directory(const std::string& directory);
/// Makes an empty file with mode 0600 when absent. @errors unavailable, no_space
[[nodiscard]] Result<void> make_file(const std::string& path);
/// The layout of the store; shards is 0 when there is none yet. @errors unsupported (newer format), corrupt,
/// unavailable
[[nodiscard]] Result<Layout> read_layout(const std::string& directory);
/// Records the layout durably; a store exists from then on. @errors no_space, unavailable
[[nodiscard]] Result<void> write_layout(const std::string& directory, const Layout& layout);
/// An error of the operating system as ours. @errors no_space (disk, quota or file size), unavailable
[[nodiscard]] Error system_error(int number, const std::string& what);

}  // namespace posthorn::store::sqlite
