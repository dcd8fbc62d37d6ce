// Mailboxes in one file, messages divided by "From " lines: mboxo, mboxrd, mboxcl (RFC 4155).
//
// These are files of this machine, not octets of a peer: lines end in LF or in CRLF, and stay as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::frame {

/// How lines of a message that begin with "From " were quoted.
enum class MboxQuoting : std::uint8_t {
  from,       ///< mboxo, mboxcl: ">From " was "From "; what was ">From " cannot be told from it
  all_marks,  ///< mboxrd: each ">" before "From " counts, one is taken off
};

/// Receives the messages of a file. @lifetime views live during the call
class MboxVisitor {
 public:
  /// @param from_line  "From someone@example.org Thu Jan  1 00:00:00 1970", without line end; cut at kMaxFromLine
  virtual void message_begins(View from_line) = 0;
  virtual void content(View chunk) = 0;
  virtual void message_ends() = 0;

 protected:
  ~MboxVisitor() = default;
};

/// Octets of a "From " line that are kept.
inline constexpr std::size_t kMaxFromLine = 1000;

/// Divides a file as it comes; any split makes the same messages. A "From " line divides where the file begins and
/// after an empty line, which goes with it: so does the empty line at the end of the file. Octets before the first one
/// are passed over. A few octets of state, whatever the size.
class MboxReader {
 public:
  explicit MboxReader(MboxVisitor& visitor, MboxQuoting quoting = MboxQuoting::all_marks)
      : visitor_(visitor), quoting_(quoting) {}

  void feed(View chunk);
  /// The file is over; ready for the next one.
  void finish();

  /// Octets before the first "From " line: more than none says that this is no mbox file.
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }

 private:
  enum class Stage : std::uint8_t { line_start, text, from_line };

  void line_start(char c);
  void begin_line();
  std::size_t text(View chunk);
  std::size_t from_line(View chunk);
  void begin_message();
  void end_message();
  void content(View octets);

  MboxVisitor& visitor_;
  MboxQuoting quoting_;
  Stage stage_ = Stage::line_start;
  std::string head_;        // of the present line, as long as it may be a "From " line or an empty one
  std::string empty_line_;  // its line end, held back: it may belong to a "From " line
  std::string from_;
  bool divides_ = true;  // a "From " line here would
  bool in_message_ = false;
  std::uint64_t passed_over_ = 0;
};

}  // namespace posthorn::frame
