// Files that commands write and read; every failure is an Error that names the file.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::servers {

/// What errno says of a file.
[[nodiscard]] Error file_failure(const std::string& path);

/// All of a file, or of the standard input: "-". @errors not_found, unavailable
[[nodiscard]] Result<std::string> read_file(const std::string& path);

/// A file that is being written.
class File {
 public:
  /// @errors unavailable (also where it exists already), no_space
  static Result<File> create(const std::string& path);
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();
  Result<void> write(View octets);
  /// Everything is on the disk when it returns.
  Result<void> finish();

 private:
  File() = default;
  int descriptor_ = -1;
  std::string path_;
};

/// Makes it when it is not there.
Result<void> make_folder(const std::string& path);

/// A folder that one process at a time works on.
class LockedFolder {
 public:
  /// @errors conflict (another process has it), unavailable
  static Result<LockedFolder> open(const std::string& path);
  LockedFolder(LockedFolder&& other) noexcept;
  LockedFolder& operator=(LockedFolder&&) = delete;
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;
  ~LockedFolder();

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
  int descriptor_ = -1;
  std::string path_;
};

}  // namespace posthorn::servers
