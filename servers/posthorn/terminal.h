// What the posthorn command says and asks: tables, questions, errors in words.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"

namespace posthorn::servers {

/// Prints rows in columns as wide as they need; the first row is the heading. Prints nothing but `empty` without rows.
void print_table(const std::vector<std::vector<std::string>>& rows, View empty);

/// Says what failed, in a sentence, on standard error. @returns the exit status of a failed command
int complain(View what, const Error& error);

/// An error in the words of people, the note included.
[[nodiscard]] std::string explain(const Error& error);

/// "12 MiB"
[[nodiscard]] std::string format_octets(std::uint64_t octets);
/// "500M", "2G", "0": octets with an optional K, M, G or T. @errors syntax
[[nodiscard]] Result<std::uint64_t> parse_octets(View text);

/// Where a password comes from; never from the command line, which every process of the machine can read.
struct PasswordSource {
  std::string file;       ///< its first line; "-" is standard input
  bool generate = false;  ///< a new one, printed once
};

/// The password; asks twice on the terminal when the source names neither. @errors denied (the two differ, or empty)
[[nodiscard]] Result<Secret> ask_password(const PasswordSource& source, Random& random);

/// A password or token that exists already; asks once on the terminal. @param file  its first line; "-" is standard
/// input; empty: ask. @errors as ask_password()
[[nodiscard]] Result<Secret> ask_credential(const std::string& file, View question);

/// Rewrites one line of progress on standard error, when that is a terminal.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::uint64_t done, std::uint64_t total);

 private:
  std::string what_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace posthorn::servers
