// Text whose lines end in CRLF and in nothing else, where its length is counted and no dot ends it (RFC 3030 BDAT).
#pragma once

#include <string>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"

namespace posthorn::frame {

/// Says whether octets are such a text. Any chunking gives the same.
class TextScanner {
 public:
  /// @returns false from the first bare CR, bare LF or NUL on
  bool scan(View chunk);
  /// The text ends here. @returns false when it was no text, or ends in a bare CR
  [[nodiscard]] bool finish() const { return well_ && !after_cr_; }

 private:
  bool well_ = true;
  bool after_cr_ = false;
};

/// Makes octets such a text: each bare CR and each bare LF becomes a CRLF. Any chunking gives the same.
class TextWriter {
 public:
  void write(View chunk, Buffer& out);

 private:
  bool after_cr_ = false;  // the last octet was a CR, its line end is written: an LF now belongs to it
};

/// The octets with CRLF for each LF that has no CR before it; a bare CR ends no line and stays.
[[nodiscard]] std::string with_crlf(View octets);

}  // namespace posthorn::frame
