// Dot transparency: the end of a message in SMTP DATA (RFC 5321 section 4.5.2) and POP3 (RFC 1939 section 3).
//
// Only CRLF "." CRLF ends a message. A bare CR or bare LF is content, never a line end, so nothing that another
// server takes for an end can hide in it (features F70); the decoder says that it saw one, and the host refuses.
#pragma once

#include <cstddef>
#include <cstdint>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"

namespace posthorn::frame {

enum class DotStatus : std::uint8_t {
  need_input,  ///< nothing can be told from what is there; at most 2 octets stay behind
  content,     ///< octets of the message, dots taken off, line ends as they came
  end,         ///< CRLF "." CRLF was found; what follows belongs to somebody else
};

struct DotPiece {
  DotStatus status = DotStatus::need_input;
  View content;            ///< @lifetime points into the input
  std::size_t octets = 0;  ///< what the caller consumes from its buffer when it is done with `content`
};

/// Takes dot-stuffed octets apart. Begins at the start of a line; after `end` it is ready for the next message.
class DotDecoder {
 public:
  /// The first piece of `input`, which starts where the last piece's octets ended. The pieces differ with the
  /// chunking; their concatenation does not.
  DotPiece next(View input);

  /// Whether the content so far held a bare CR, a bare LF or a NUL. Stays until reset().
  [[nodiscard]] bool bare() const { return bare_; }

  void reset() { *this = DotDecoder(); }

 private:
  std::size_t content_end(View input, std::size_t from);
  void inspect(View line);

  bool at_line_start_ = true;
  bool bare_ = false;
};

/// Makes octets safe to send: dots doubled, each bare CR and each bare LF made a CRLF. Any chunking gives the same.
class DotEncoder {
 public:
  void encode(View chunk, Buffer& out);

  /// Ends the last line if it is open and appends "." CRLF; ready for the next message.
  void finish(Buffer& out);

 private:
  void text(View line, Buffer& out);

  bool at_line_start_ = true;
  bool after_cr_ = false;  // the last octet was a CR, its line end is already written: an LF now belongs to it
};

}  // namespace posthorn::frame
