#include "shared/host_key.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/service/signing/keys.h"

#include "shared/files.h"

namespace posthorn::servers {

namespace {

constexpr std::size_t kDigits = 2 * signing::kHostKeyOctets;

Error trouble(const std::string& path) {
  const Code code = errno == ENOENT ? Code::not_found : Code::unavailable;
  return environment_error(code, "the host key " + path + ": " + std::strerror(errno));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Result<void> write_durably(const std::string& path, View octets) {
  auto file = File::create(path);
  if (!file) return fail(std::move(file.error()));
  if (auto written = file->write(octets); !written) return written;
  return file->finish();
}

}  // namespace

std::string host_key_file(const Settings& settings) {
  return settings.signing_host_key.empty() ? settings.data_directory + "/host.key" : settings.signing_host_key;
}

Result<Secret> read_host_key(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  struct stat facts{};
  if (!file.is_open() || ::fstat(file.get(), &facts) != 0) return fail(trouble(path));
  if ((facts.st_mode & 0077U) != 0) {
    return fail(environment_error(Code::denied, "others may read the host key " + path + ": chmod 600 it"));
  }
  std::array<char, kDigits + 2> digits{};
  const ssize_t count = ::read(file.get(), digits.data(), digits.size());
  if (count < 0) return fail(trouble(path));
  View text(digits.data(), static_cast<std::size_t>(count));
  if (text.ends_with('\n')) text.remove_suffix(1);
  auto octets = text.size() == kDigits ? codec::hex_decode(text) : std::nullopt;
  wipe(digits.data(), digits.size());
  if (!octets) return fail(environment_error(Code::syntax, "the host key " + path + " is not 64 hexadecimal digits"));
  return Secret(std::move(*octets));
}

Result<Secret> make_host_key(const std::string& path, Random& random) {
  Result<Secret> present = read_host_key(path);
  if (present || present.error().code != Code::not_found) return present;
  std::array<std::byte, signing::kHostKeyOctets + 8> chance{};
  random.fill(chance);
  const View octets(reinterpret_cast<const char*>(chance.data()), chance.size());
  const std::string draft = path + "." + codec::hex_encode(octets.substr(signing::kHostKeyOctets));
  std::string line = codec::hex_encode(octets.substr(0, signing::kHostKeyOctets)) + "\n";
  Result<void> written = write_durably(draft, line);
  wipe(line.data(), line.size());
  wipe(chance.data(), chance.size());
  // A link fails where another process was quicker, and then its key is the one.
  if (written && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) written = fail(trouble(path));
  ::unlink(draft.c_str());
  if (!written) return fail(std::move(written.error()));
  const Descriptor folder(folder_of(path), O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || ::fsync(folder.get()) != 0) return fail(trouble(path));
  return read_host_key(path);
}

}  // namespace posthorn::servers
