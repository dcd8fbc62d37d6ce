#include "service/store/sqlite_files.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace posthorn::store::sqlite {
namespace {

constexpr View kMagic = "posthorn store ";

int set_lock(int descriptor, std::uint64_t place, short type, int command, struct flock* answer = nullptr) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(place);
  lock.l_len = 1;
  int done = 0;
  do {
    done = fcntl(descriptor, command, &lock);
  } while (done < 0 && errno == EINTR);
  if (answer != nullptr) *answer = lock;
  return done;
}

Result<void> sync_directory(const std::string& directory) {
  const File opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.descriptor() < 0 || fsync(opened.descriptor()) != 0) return fail(system_error(errno, "sync " + directory));
  return {};
}

/// Reads `word number LF` at the front of `text`.
bool take_number(View& text, View word, std::uint64_t& number) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != '\n') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

std::string format_path(const std::string& directory) { return directory + "/format"; }

}  // namespace

Error system_error(int number, const std::string& what) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return environment_error(full ? Code::no_space : Code::unavailable,
                           what + ": " + std::generic_category().message(number));
}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void File::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Result<File> File::open(const std::string& path) {
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.descriptor() < 0) return fail(system_error(errno, "open " + path));
  return file;
}

Result<Lock> Lock::take(const File& file, std::uint64_t place) {
  if (set_lock(file.descriptor(), place, F_WRLCK, F_OFD_SETLKW) != 0) return fail(system_error(errno, "lock"));
  return Lock(file.descriptor(), place);
}

bool Lock::is_held(const File& file, std::uint64_t place) {
  struct flock answer = {};
  if (set_lock(file.descriptor(), place, F_WRLCK, F_OFD_GETLK, &answer) != 0) return true;
  return answer.l_type != F_UNLCK;
}

Lock& Lock::operator=(Lock&& other) noexcept {
  if (this != &other) {
    release();
    descriptor_ = std::exchange(other.descriptor_, -1);
    place_ = other.place_;
  }
  return *this;
}

void Lock::release() {
  if (descriptor_ >= 0) set_lock(descriptor_, place_, F_UNLCK, F_OFD_SETLK);
  descriptor_ = -1;
}

Result<void> make_directory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(system_error(errno, "make directory " + directory));
}

Result<void> make_file(const std::string& path) {
  const Result<File> made = File::open(path);
  if (!made) return fail(made.error());
  return {};
}

Result<Layout> read_layout(const std::string& directory) {
  const std::string path = format_path(directory);
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.descriptor() < 0) {
    if (errno == ENOENT) return Layout{};
    return fail(system_error(errno, "open " + path));
  }
  std::array<char, 256> octets{};
  const ssize_t count = ::read(file.descriptor(), octets.data(), octets.size());
  if (count < 0) return fail(system_error(errno, "read " + path));
  View text(octets.data(), static_cast<std::size_t>(count));
  std::uint64_t format = 0;
  if (!take_number(text, kMagic, format))
    return fail(Error(Code::corrupt, Blame::environment, Lasting::permanent, path));
  if (format > kFormat) {
    return fail(Error(Code::unsupported, Blame::environment, Lasting::permanent,
                      "the store has format " + std::to_string(format) + ", this program knows formats up to " +
                          std::to_string(kFormat)));
  }
  std::uint64_t shards = 0;
  std::uint64_t chunk = 0;
  if (!take_number(text, "shards ", shards) || !take_number(text, "chunk ", chunk) || shards == 0 || shards > 64 ||
      chunk == 0 || chunk > (1U << 20U)) {
    return fail(Error(Code::corrupt, Blame::environment, Lasting::permanent, path));
  }
  return Layout{static_cast<unsigned>(shards), static_cast<std::size_t>(chunk)};
}

Result<void> write_layout(const std::string& directory, const Layout& layout) {
  const std::string text = own(kMagic) + std::to_string(kFormat) + "\nshards " + std::to_string(layout.shards) +
                           "\nchunk " + std::to_string(layout.chunk_octets) + "\n";
  const std::string path = format_path(directory);
  const std::string unfinished = path + ".new";
  {
    const File file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.descriptor() < 0) return fail(system_error(errno, "open " + unfinished));
    if (::write(file.descriptor(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        fsync(file.descriptor()) != 0) {
      return fail(system_error(errno, "write " + unfinished));
    }
  }
  if (rename(unfinished.c_str(), path.c_str()) != 0) return fail(system_error(errno, "rename " + unfinished));
  return sync_directory(directory);
}

}  // namespace posthorn::store::sqlite
