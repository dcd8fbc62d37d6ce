#include "import_journal.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/cursor.h"

#include "shared/files.h"

namespace posthorn::servers {

namespace {

constexpr View kHeading = "posthorn import 1\n";

}  // namespace

Result<std::unique_ptr<ImportJournal>> ImportJournal::open(const std::string& data_directory,
                                                           const std::string& address, const std::string& source) {
  const std::string folder = data_directory + "/imports";
  if (auto made = make_folder(folder); !made) return fail(made.error());
  const std::string name = codec::hex_encode(crypto::sha256(address + '\0' + source)).substr(0, 24);
  const std::string path = folder + "/" + name + ".journal";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(file_failure(path));
  auto journal = std::make_unique<ImportJournal>(descriptor, path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return fail(caller_error(Code::conflict, "another import from this source into this mailbox is running"));
  if (auto done = journal->read(); !done) return fail(done.error());
  return journal;
}

ImportJournal::~ImportJournal() { ::close(descriptor_); }

Result<void> ImportJournal::read() {
  std::string text;
  char piece[65536];
  for (;;) {
    const ssize_t n = ::read(descriptor_, piece, sizeof piece);
    if (n < 0) return fail(file_failure(path_));
    if (n == 0) break;
    text.append(piece, static_cast<std::size_t>(n));
  }
  if (text.empty()) return write(std::string(kHeading));
  // A line that a crash cut off is taken back: the message that it would have named is found by its contents.
  const std::size_t whole = text.rfind('\n') + 1;
  if (!View(text).starts_with(kHeading)) return fail(environment_error(Code::corrupt, path_ + ": no import journal"));
  if (whole < text.size() && ::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) return fail(file_failure(path_));
  View rest = View(text).substr(kHeading.size(), whole - kHeading.size());
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (!take(rest.substr(0, end)))
      return fail(environment_error(Code::corrupt, fmt::format("{}: '{}'", path_, rest.substr(0, end))));
    rest.remove_prefix(end + 1);
  }
  return {};
}

// "box VALIDITY LAST NAME-IN-HEX" and "msg SOURCE TARGET".
bool ImportJournal::take(View line) {
  Cursor c(line);
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  if (c.try_word("box ")) {
    View hex;
    if (!(c.number(first) && c.sp() && c.number(second) && c.sp() && c.run(chars::kHex, hex) && c.end())) return false;
    const auto name = codec::hex_decode(hex);
    if (!name) return false;
    current_ = &boxes_[*name];
    if (current_->uid_validity != imap::UidValidity(first)) *current_ = {imap::UidValidity(first), {}, {}};
    current_->last = std::max(current_->last, imap::Uid(second));
    return true;
  }
  if (!(c.word("msg ") && c.number(first) && c.sp() && c.number(second) && c.end()) || current_ == nullptr)
    return false;
  current_->done.add(imap::Uid(first));
  current_->last = std::max(current_->last, imap::Uid(second));
  return true;
}

const ImportedBox* ImportJournal::find(const std::string& wire_name) const {
  const auto found = boxes_.find(wire_name);
  return found == boxes_.end() ? nullptr : &found->second;
}

Result<void> ImportJournal::begin(const std::string& wire_name, imap::UidValidity uid_validity, imap::Uid last) {
  const ImportedBox* known = find(wire_name);
  if (known != nullptr && known->uid_validity == uid_validity) last = known->last;
  std::string line = fmt::format("box {} {} {}\n", uid_validity.value(), last.value(), codec::hex_encode(wire_name));
  if (auto written = write(line); !written) return written;
  line.pop_back();
  static_cast<void>(take(line));
  return {};
}

Result<void> ImportJournal::add(imap::Uid source, imap::Uid target) {
  std::string line = fmt::format("msg {} {}\n", source.value(), target.value());
  if (auto written = write(line); !written) return written;
  line.pop_back();
  static_cast<void>(take(line));
  return {};
}

Result<void> ImportJournal::write(const std::string& line) {
  View rest = line;
  while (!rest.empty()) {
    const ssize_t n = ::write(descriptor_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_failure(path_));
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> ImportJournal::sync() {
  if (::fdatasync(descriptor_) != 0) return fail(file_failure(path_));
  return {};
}

}  // namespace posthorn::servers
