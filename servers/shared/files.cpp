#include "shared/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>
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

Descriptor::Descriptor(const std::string& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Result<std::string> read_file(const std::string& path) {
  // A password may stand in front of it, and what was read of both is in that stream.
  if (path == "-") {
    std::string all{std::istreambuf_iterator<char>(std::cin), {}};
    if (std::cin.bad())
      return fail(environment_error(Code::unavailable, "the standard input cannot be read to its end"));
    return all;
  }
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) return fail(file_failure(path));
  std::string all;
  std::array<char, 65536> piece{};
  ssize_t n = 0;
  do {
    n = ::read(file.get(), piece.data(), piece.size());
    if (n > 0) all.append(piece.data(), static_cast<std::size_t>(n));
  } while (n > 0 || (n < 0 && errno == EINTR));
  if (n < 0) return fail(file_failure(path));
  return all;
}

Result<File> File::create(const std::string& path) {
  File file;
  file.path_ = path;
  file.descriptor_ = Descriptor(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.descriptor_.is_open()) return fail(file_failure(path));
  return file;
}

Result<void> File::write(View octets) {
  while (!octets.empty()) {
    const ssize_t n = ::write(descriptor_.get(), octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_failure(path_));
    octets.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> File::finish() {
  if (::fsync(descriptor_.get()) != 0) return fail(file_failure(path_));
  return {};
}

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(file_failure(path));
}

Result<LockedFolder> LockedFolder::open(const std::string& path) {
  LockedFolder folder;
  folder.path_ = path;
  folder.descriptor_ = Descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!folder.descriptor_.is_open()) return fail(file_failure(path));
  if (::flock(folder.descriptor_.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(environment_error(Code::conflict, path + ": another process works on this folder"));
  return folder;
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

Result<std::string> LockedFolder::read(const std::string& name) const { return read_file(path_of(name)); }

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
  if (::fsync(descriptor_.get()) != 0) return fail(file_failure(path_));
  return {};
}

}  // namespace posthorn::servers
