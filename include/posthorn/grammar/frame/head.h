// The head of a message and the first lines of its body (POP3 TOP, RFC 1939 section 7).
#pragma once

#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn::frame {

/// Lets the header, the empty line and so many lines of the body through. CRLF, bare CR and bare LF each end a line, as
/// they do for DotEncoder, so that what is counted here is what the peer counts. Any chunking gives the same.
class HeadCutter {
 public:
  explicit HeadCutter(std::uint64_t body_lines) : lines_left_(body_lines) {}

  /// The part of `chunk` that belongs to it: all of it, or less when done() becomes true.
  View take(View chunk);

  [[nodiscard]] bool done() const { return done_; }

 private:
  bool line_ends();  // true when that was the last line

  std::uint64_t lines_left_;
  bool in_header_ = true;
  bool line_empty_ = true;
  bool after_cr_ = false;  // the line end is counted already, an LF belongs to it
  bool done_ = false;
};

}  // namespace posthorn::frame
