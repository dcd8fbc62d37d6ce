// Where the header of a message ends, found while its octets come: behind the first empty line. CRLF and LF end lines, as
// they do for mime::FieldReader.
#pragma once

#include <cstdint>

#include "posthorn/bytes/view.h"

namespace posthorn::frame {

class HeaderEnd {
 public:
  /// Takes what comes next of the message, until it is found. @returns whether it is
  bool feed(View octets);
  [[nodiscard]] bool found() const { return found_; }
  /// Octets up to the end of the empty line, or all that were fed while there was none.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  std::uint64_t offset_ = 0;
  bool line_start_ = true;
  bool after_cr_ = false;  // at the start of a line, which is empty if LF comes now
  bool found_ = false;
};

}  // namespace posthorn::frame
