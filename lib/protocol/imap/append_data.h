// What follows the mailbox in APPEND and REPLACE, line by line: messages, each with flags, a date, and where its octets
// come from (RFC 9051 section 6.3.12, RFC 3502, RFC 3516, RFC 4469, RFC 9755 section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap {

/// A step of building messages.
struct AppendItem {
  enum class Kind : std::uint8_t {
    message,  ///< one begins, with flags and date
    literal,  ///< its next octets come on the wire
    url,      ///< its next octets are those of a stored message
  };
  Kind kind = Kind::message;
  Flags flags;
  std::optional<WallTime> date;
  std::uint64_t octets = 0;  ///< of a literal
  bool whole = false;        ///< a literal that is all of its message
  bool binary = false;       ///< "~{n}": may hold NUL
  bool utf8 = false;         ///< inside "UTF8 ("
  bool here = false;         ///< the octets of a literal stand in the text that was read
  std::string url;
};

/// Remembers between lines what may come next. Bounded: it holds what one line says.
class AppendReader {
 public:
  /// @param messages  most messages in one command
  explicit AppendReader(std::size_t messages) : left_(messages) {}

  /// Reads up to the end of the text: the end of the command, or the announcement of a literal. Literals may stand in
  /// the text with their octets. False: the cursor has the failure.
  bool read(Cursor& c);
  /// The same, of a line of the wire behind an earlier literal. @errors syntax, too_many
  [[nodiscard]] Result<void> read_line(View line);
  /// Octets of a literal that is an argument (wants_argument()).
  void add(View octets) { pending_ += octets; }

  /// What was read, in order; the caller takes it away.
  [[nodiscard]] std::vector<AppendItem> take_items();
  /// Whether the text ended in the announcement of a literal that is data.
  [[nodiscard]] bool announced() const { return announced_; }
  /// Whether it ended in the announcement of a literal that is an argument (a URL): nothing but its octets, with add(),
  /// and then a line can follow. @returns its octets
  [[nodiscard]] std::optional<std::uint64_t> wants_argument() const { return argument_; }
  /// Whether the command may end here.
  [[nodiscard]] bool whole() const { return next_ == Next::message && some_; }

 private:
  enum class Next : std::uint8_t {
    message,     // SP and a message, or the end
    part,        // TEXT or URL
    after_part,  // SP and a part, or ")"
    closing,     // ")"
  };
  bool message(Cursor& c);
  bool part(Cursor& c);
  bool url(Cursor& c);
  bool data(Cursor& c, AppendItem item);

  std::vector<AppendItem> items_;
  std::string pending_;  // of a line that goes on behind an argument
  std::size_t left_;
  Next next_ = Next::message;
  std::optional<std::uint64_t> argument_;
  bool announced_ = false;
  bool some_ = false;
};

}  // namespace posthorn::imap
