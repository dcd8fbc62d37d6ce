// SEARCH, SORT and THREAD alone, over a store: messages a second of CPU time.
//
//   search-load DIRECTORY MESSAGES ROUNDS COMMAND...     for instance: search-load d 10000 5 'SEARCH TEXT notthere'
//
// The directory is filled at its first use: plain messages of 1 to 8 KiB, every tenth a multipart with an attachment.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include "posthorn/protocol/imap/spec.h"
#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/store/sqlite.h"

namespace {

using namespace posthorn;

class Now final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return {}; }
  [[nodiscard]] WallTime wall() const override { return WallTime(std::chrono::seconds(1'767'225'600)); }
};

std::string words(std::uint64_t& seed, std::size_t octets) {
  constexpr View kWords[] = {"the",    "quarterly", "report", "shows",  "that", "Numbers", "of",
                             "people", "in",        "each",   "town",   "were", "counted", "again",
                             "by",     "hand",      "before", "winter", "and",  "Spring"};
  std::string out;
  std::size_t column = 0;
  while (out.size() < octets) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const View word = kWords[(seed >> 33U) % std::size(kWords)];
    out += word;
    column += word.size() + 1;
    out += column > 66 ? "\r\n" : " ";
    if (column > 66) column = 0;
  }
  return out + "\r\n";
}

std::string message(std::uint64_t number, std::uint64_t& seed) {
  const std::string n = std::to_string(number);
  std::string out = "Return-Path: <sender" + n +
                    "@example.org>\r\nReceived: from client.example.org by mx.example.org "
                    "with ESMTPS id " +
                    n +
                    "\r\n for <user@example.org>; Thu, 01 Jan 2026 10:00:00 +0000\r\n"
                    "From: Sender " +
                    std::to_string(number % 97) + " <sender" + n +
                    "@example.org>\r\n"
                    "To: user@example.org\r\nSubject: " +
                    (number % 3 == 0 ? "Re: " : "") + "topic " + std::to_string(number % 1009) +
                    "\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nMessage-ID: <" + n +
                    "@example.org>\r\nIn-Reply-To: <" + std::to_string(number / 2) +
                    "@example.org>\r\nMIME-Version: 1.0\r\n";
  const std::size_t octets = 1024 + (number * 2654435761U) % 7168;
  if (number % 10 != 0) return out + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + words(seed, octets);
  out += "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n";
  out += words(seed, octets) + "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  for (int line = 0; line < 400; ++line) out += std::string(76, static_cast<char>('A' + line % 26)) + "\r\n";
  return out + "--b--\r\n";
}

bool fill(mailbox::Account& account, std::uint64_t count) {
  if (!account.provision()) return false;
  std::uint64_t seed = 1;
  for (std::uint64_t i = 1; i <= count; ++i) {
    auto writer = account.write_body();
    if (!writer || !(*writer)->append(message(i, seed))) return false;
    auto body = (*writer)->finish();
    if (!body || !account.add({"INBOX", *body, {}, {}, false})) return false;
  }
  return true;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Octets of the answer; 0: it was refused.
std::size_t answer(imap::State& state, View command) {
  const std::size_t space = command.find(' ');
  const imap::CommandSpec* row = imap::find_command(imap::all_commands(), command.substr(0, space));
  if (row == nullptr || space == View::npos) return 0;
  Cursor c(command.substr(space));
  auto execution = row->begin(c, state);
  if (!execution) return 0;
  Buffer buffer;
  imap::Responder responder(buffer, 65'536);
  std::size_t octets = 0;
  for (auto progress = imap::Progress::more; progress == imap::Progress::more;) {
    progress = (*execution)->step(responder);
    octets += buffer.size();
    buffer.clear();
  }
  return octets;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("search-load DIRECTORY MESSAGES ROUNDS COMMAND...\n", stderr);
    return 2;
  }
  const auto count = std::strtoull(argv[2], nullptr, 10);
  const auto rounds = std::strtoull(argv[3], nullptr, 10);
  store::SqliteOptions options;
  options.directory = argv[1];
  auto store = store::open_sqlite_store(options);
  if (!store) return 1;
  const Now clock;
  const auto accounts = mailbox::Accounts::make(**store, clock);
  auto account = accounts->open(store::AccountId(7), {});
  if (!account) return 1;
  const auto there = (*account)->messages("INBOX");
  if ((!there || there->empty()) && !fill(**account, count)) return 1;
  imap::State state;
  state.mailboxes = (*account)->session();
  auto selected = state.mailboxes->select("INBOX", true);
  if (!selected) return 1;
  state.selected = std::move(*selected);
  const double messages = state.selected->exists();
  for (int i = 4; i < argc; ++i) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const double begin = cpu_seconds();
      const std::size_t octets = answer(state, argv[i]);
      const double seconds = cpu_seconds() - begin;
      std::printf("%-40s %10.0f messages/CPU s  (%zu octets)\n", argv[i], messages / seconds, octets);
    }
  }
  return 0;
}
