#include "posthorn/grammar/frame/header_end.h"

#include <algorithm>

namespace posthorn::frame {

bool HeaderEnd::feed(View octets) {
  if (found_) return true;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (!line_start_) {
      i = std::min(octets.find('\n', i), octets.size());
      line_start_ = i < octets.size();
      after_cr_ = false;
      continue;
    }
    const char c = octets[i];
    if (c == '\n') {
      offset_ += i + 1;
      return found_ = true;
    }
    line_start_ = c == '\r' && !after_cr_;
    after_cr_ = line_start_;
  }
  offset_ += octets.size();
  return false;
}

}  // namespace posthorn::frame
