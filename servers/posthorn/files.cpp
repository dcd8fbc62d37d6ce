#include "files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace posthorn::servers {

namespace {

constexpr std::string_view kUnfinished = ".unfinished";

}  // namespace

Error file_failure(const std::string& path) {
  const Code code = errno == ENOSPC ? Code::no_space : errno == ENOENT ? Code::not_found : Code::unavailable;
  return environment_error(code, fmt::format("{}: {}", path, std::strerror(errno)));
}

Result<std::string> read_file(const std::string& path) {
  const bool standard = path == "-";
  const int descriptor = standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(file_failure(path));
  std::string all;
  std::array<char, 65536> piece{};
  ssize_t n = 0;
  do {
    n = ::read(descriptor, piece.data(), piece.size());
    if (n > 0) all.append(piece.data(), static_cast<std::size_t>(n));
  } while (n > 0 || (n < 0 && errno == EINTR));
  Result<std::string> result = n < 0 ? Result<std::string>(fail(file_failure(path))) : std::move(all);
  if (!standard) ::close(descriptor);
  return result;
}

Result<File> File::create(const std::string& path) {
  File file;
  file.path_ = path;
  file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file.descriptor_ < 0) return fail(file_failure(path));
  return file;
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> File::write(View octets) {
  while (!octets.empty()) {
    const ssize_t n = ::write(descriptor_, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_failure(path_));
    octets.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> File::finish() {
  if (::fsync(descriptor_) != 0) return fail(file_failure(path_));
  return {};
}

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(file_failure(path));
}

Result<LockedFolder> LockedFolder::open(const std::string& path) {
  LockedFolder folder;
  folder.path_ = path;
  folder.descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder.descriptor_ < 0) return fail(file_failure(path));
  if (::flock(folder.descriptor_, LOCK_EX | LOCK_NB) != 0)
    return fail(environment_error(Code::conflict, path + ": another process works on this folder"));
  return folder;
}

LockedFolder::LockedFolder(LockedFolder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

LockedFolder::~LockedFolder() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::vector<std::string>> LockedFolder::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(path_, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename().string());
  if (error) return fail(environment_error(Code::unavailable, path_ + ": " + error.message()));
  std::ranges::sort(names);
  return names;
}

Result<std::string> LockedFolder::read(const std::string& name) const {
  const std::string path = path_of(name);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(file_failure(path));
  std::string text;
  char piece[65536];
  ssize_t n = 0;
  while ((n = ::read(descriptor, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
    text.append(piece, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  const Error error = file_failure(path);
  ::close(descriptor);
  if (n < 0) return fail(error);
  return text;
}

Result<void> LockedFolder::write(const std::string& name, View octets) const {
  const std::string unfinished = path_of(name) + std::string(kUnfinished);
  if (::unlink(unfinished.c_str()) != 0 && errno != ENOENT) return fail(file_failure(unfinished));
  auto file = File::create(unfinished);
  if (!file) return fail(file.error());
  if (auto written = file->write(octets); !written) return written;
  if (auto synced = file->finish(); !synced) return synced;
  if (::rename(unfinished.c_str(), path_of(name).c_str()) != 0) return fail(file_failure(unfinished));
  return {};
}

Result<void> LockedFolder::remove(const std::string& name) const {
  if (::unlink(path_of(name).c_str()) != 0) return fail(file_failure(path_of(name)));
  return {};
}

Result<void> LockedFolder::sync() const {
  if (::fsync(descriptor_) != 0) return fail(file_failure(path_));
  return {};
}

}  // namespace posthorn::servers
