// Lines that end in CRLF and in nothing else.
//
// grammar/frame is the only code of the tree that looks for CR or LF: what counts as a line end is decided here,
// once, for all protocols (features F70: a bare CR or LF never ends anything).
#pragma once

#include <cstddef>
#include <cstdint>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"

namespace posthorn::frame {

/// What a line framer found.
enum class LineStatus : std::uint8_t {
  need_input,  ///< no whole line yet
  line,        ///< a line; `text` is without its CRLF
  too_long,    ///< a line longer than the limit came to its end and was dropped; `text` is its last octets
  bare,        ///< a line that holds a bare CR, bare LF or NUL; `text` is what came before it, the line is dropped
};

struct Line {
  LineStatus status = LineStatus::need_input;
  View text;               ///< without CRLF; @lifetime points into the buffer
  std::size_t octets = 0;  ///< what the caller consumes from the buffer when it is done with `text`
};

/// Finds lines in a buffer; remembers how far it looked, so a peer that sends octet by octet costs O(n).
class LineFramer {
 public:
  /// @param limit longest line in octets, CRLF included
  explicit LineFramer(std::size_t limit) : limit_(limit) {}

  void set_limit(std::size_t limit) { limit_ = limit; }

  /// The first line of `input`, which stays there: the caller consumes Line::octets. Octets of a line that is
  /// over the limit are consumed here as they come, so the buffer never grows past the limit.
  Line next(Buffer& input);

  /// Whether octets of the present line were dropped already because it is over the limit.
  [[nodiscard]] bool dropping() const { return dropping_; }

  /// Forgets where it was: call it when another reader took octets or the connection starts anew.
  void reset();

 private:
  std::size_t limit_;
  std::size_t searched_ = 0;  // octets of the present line that were looked at
  bool dropping_ = false;     // the present line is over the limit: its octets go as they come
  bool bare_ = false;         // the present line holds a bare CR, LF or NUL
};

}  // namespace posthorn::frame
