#include "terminal.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>

#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

#include "posthorn/grammar/cursor.h"

namespace posthorn::servers {

namespace {

/// Display width of UTF-8: its code points, which is right for names of mailboxes in most scripts.
std::size_t width_of(View text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Switches the terminal's echo off for as long as it lives.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    active_ = true;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool active_ = false;
};

Secret read_silently(View question) {
  const Silence silence;
  fmt::print(stderr, "{}: ", question);
  std::string line;
  std::getline(std::cin, line);
  fmt::print(stderr, "\n");
  return Secret(std::move(line));
}

/// 20 characters of an alphabet of 32 without look-alikes: 100 bits.
Secret generate_password(Random& random) {
  constexpr View kAlphabet = "abcdefghjkmnpqrstuvwxyz23456789x";
  static_assert(kAlphabet.size() == 32);
  std::array<std::byte, 20> noise{};
  random.fill(noise);
  std::string password;
  for (std::size_t i = 0; i < noise.size(); ++i) {
    if (i != 0 && i % 5 == 0) password += '-';
    password += kAlphabet[static_cast<unsigned>(noise.at(i)) % kAlphabet.size()];
  }
  return Secret(std::move(password));
}

}  // namespace

void print_table(const std::vector<std::vector<std::string>>& rows, View empty) {
  if (rows.size() < 2) {
    fmt::print("{}\n", empty);
    return;
  }
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    fmt::print("{}\n", line);
  }
}

std::string explain(const Error& error) {
  const auto words = [&]() -> View {
    switch (error.code) {
      case Code::syntax: return "that is not well-formed";
      case Code::bad_state: return "not possible now";
      case Code::too_long: return "too long";
      case Code::too_many: return "too many";
      case Code::unsupported: return "not possible here";
      case Code::not_found: return "there is no such thing";
      case Code::exists: return "it exists already";
      case Code::conflict: return "it is still in use, or was changed at the same moment";
      case Code::denied: return "not allowed";
      case Code::encryption_needed: return "TLS is needed";
      case Code::over_quota: return "the quota is used up";
      case Code::unavailable: return "not available now";
      case Code::no_space: return "the disk is full";
      case Code::corrupt: return "the stored data contradicts itself";
      case Code::sealed: return "it is sealed, and the key is not here";
      case Code::timed_out: return "it took too long";
      case Code::closed: return "the other side is gone";
      case Code::misuse: return "wrong use";
      case Code::defect: return "a defect of this program; please report it";
    }
    return "unknown";
  }();
  return error.note.empty() ? own(words) : error.note;
}

int complain(View what, const Error& error) {
  fmt::print(stderr, "posthorn: {}: {}\n", what, explain(error));
  return 1;
}

std::string format_octets(std::uint64_t octets) {
  constexpr std::array<View, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(octets);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", octets) : fmt::format("{:.1f} {}", value, kUnits.at(unit));
}

Result<std::uint64_t> parse_octets(View text) {
  Cursor c(text);
  std::uint64_t number = 0;
  c.number(number, std::uint64_t{1} << 40U);
  constexpr View kUnits = "KMGT";
  const std::size_t unit = kUnits.find(to_upper(c.peek()));
  if (!c.at_end() && c.ok() && unit != View::npos) {
    c.try_octet(c.peek());
    number <<= 10U * (unit + 1);
  }
  c.end();
  auto result = c.finish(number);
  if (!result) result.error().note = fmt::format("'{}' is no size; write for example 500M or 2G", text);
  return result;
}

namespace {

Result<Secret> read_first_line(const std::string& path) {
  std::string line;
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& in = path == "-" ? std::cin : file;
  if (!std::getline(in, line))
    return fail(caller_error(Code::not_found, fmt::format("cannot read a password from '{}'", path)));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return Secret(std::move(line));
}

Error no_terminal(View instead) {
  return caller_error(Code::misuse, fmt::format("no terminal to ask for the password: use {}", instead));
}

}  // namespace

Result<Secret> ask_credential(const std::string& file, View question) {
  if (file.empty() && ::isatty(STDIN_FILENO) == 0) return fail(no_terminal("--password-file"));
  Result<Secret> credential = file.empty() ? Result<Secret>(read_silently(question)) : read_first_line(file);
  if (credential && credential->empty()) return fail(caller_error(Code::denied, "nothing was given"));
  return credential;
}

Result<Secret> ask_password(const PasswordSource& source, Random& random) {
  if (source.generate) {
    Secret password = generate_password(random);
    fmt::print("{}\n", password.reveal());
    return password;
  }
  Secret password;
  if (!source.file.empty()) {
    auto read = read_first_line(source.file);
    if (!read) return read;
    password = std::move(*read);
  } else {
    if (::isatty(STDIN_FILENO) == 0) {
      return fail(no_terminal("--password-file or --generate"));
    }
    password = read_silently("New password");
    const Secret again = read_silently("Once more");
    if (!equal_in_constant_time(password.reveal(), again.reveal()))
      return fail(caller_error(Code::denied, "the two passwords differ"));
  }
  if (password.empty()) return fail(caller_error(Code::denied, "an empty password is not accepted"));
  return password;
}

Progress::Progress(std::string what) : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  if (!terminal_) return;
  shown_ = true;
  fmt::print(stderr, "\r\033[K{} {}/{}", what_, done, total);
}

}  // namespace posthorn::servers
