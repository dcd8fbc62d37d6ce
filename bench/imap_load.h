// What imap-load is asked to do, and the messages that it appends.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace load {

using Clock = std::chrono::steady_clock;

/// The words of the command line, and the counts of the run.
struct Plan {
  std::uint16_t port = 0;
  std::uint64_t clients = 1;
  std::uint64_t users = 1;  ///< client n logs in as <prefix><n mod users>@example.org
  std::string prefix = "user";
  std::string password;
  bool scram = false;                 ///< AUTHENTICATE SCRAM-SHA-256 instead of LOGIN
  bool sessions = false;              ///< an operation is a session: connection, TLS handshake, login, LOGOUT
  bool hold = false;                  ///< after the setup all clients enter IDLE; there are no operations
  double seconds = 1;                 ///< no operation begins later
  std::uint64_t most = UINT64_MAX;    ///< operations of one client at most
  std::uint64_t range = 1;            ///< of the numbers of %r
  std::uint64_t batch = 1;            ///< messages of one %a
  std::vector<std::string> setup;     ///< commands before the clock runs; after a '?' one may fail
  std::vector<std::string> commands;  ///< operations, which each client repeats in turn
  std::vector<std::string> corpus;

  std::uint64_t appended = 0;  ///< messages taken from the corpus so far
  std::uint64_t octets = 0;    ///< received
  std::vector<double> latencies;
  Clock::time_point begin;
  Clock::time_point last;

  /// Reads KEY=VALUE words; ends the program with a text where one is wrong.
  static Plan parse(const std::vector<std::string_view>& words);

  /// @returns whether a client that has begun so many operations may begin another
  [[nodiscard]] bool may_start(std::uint64_t started, Clock::time_point now) const {
    return started < most && std::chrono::duration<double>(now - begin).count() < seconds;
  }

  /// The literals of one %a: " {n+}\r\n" and the message, `batch` times.
  [[nodiscard]] std::string literals();
};

/// The client's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677) without channel binding.
class Scram {
 public:
  Scram(std::string user, std::string password);
  /// In base64, as all that it sends.
  [[nodiscard]] std::string first() const;
  /// The answer to the server's first message. The salted password is kept for the next logins, as clients do
  /// (RFC 5802 section 5.1), so that the generator does not hash more than the server.
  [[nodiscard]] std::string final(std::string_view challenge);

 private:
  std::string user_, password_, nonce_;
};

[[noreturn]] void fail(const std::string& text);

}  // namespace load
