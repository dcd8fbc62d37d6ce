// Files that programs write and read; every failure is an Error that names the file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::servers {

/// What errno says of a file.
[[nodiscard]] Error file_failure(const std::string& path);

/// All of a file, or of the standard input: "-". @errors not_found, unavailable
[[nodiscard]] Result<std::string> read_file(const std::string& path);

/// An open file; it is closed with the object.
class Descriptor {
 public:
  Descriptor() = default;
  /// open(2) with O_CLOEXEC; who makes a file keeps it to himself. When it fails nothing is open, and errno says why.
  Descriptor(const std::string& path, int flags);
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool is_open() const { return value_ >= 0; }

 private:
  int value_ = -1;
};

/// A file that is being written.
class File {
 public:
  /// @errors unavailable (also where it exists already), no_space
  static Result<File> create(const std::string& path);
  Result<void> write(View octets);
  /// Everything is on the disk when it returns.
  Result<void> finish();

 private:
  File() = default;
  Descriptor descriptor_;
  std::string path_;
};

/// Makes it when it is not there.
Result<void> make_folder(const std::string& path);

/// A folder that one process at a time works on.
class LockedFolder {
 public:
  /// @errors conflict (another process has it), unavailable
  static Result<LockedFolder> open(const std::string& path);

  /// Names of what is in it, sorted.
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  /// @errors not_found
  [[nodiscard]] Result<std::string> read(const std::string& name) const;
  /// A file with these octets, whole or not at all: it takes the place of an older one when it is on the disk.
  Result<void> write(const std::string& name, View octets) const;
  Result<void> remove(const std::string& name) const;
  /// What was made, replaced and removed is on the disk when it returns.
  Result<void> sync() const;

 private:
  LockedFolder() = default;
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  Descriptor descriptor_;
  std::string path_;
};

}  // namespace posthorn::servers
