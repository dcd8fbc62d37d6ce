#include "posthorn/grammar/frame/head.h"

#include <cstddef>

namespace posthorn::frame {

View HeadCutter::take(View chunk) {
  for (std::size_t at = 0; at < chunk.size() && !done_;) {
    if (after_cr_) {
      after_cr_ = false;
      if (chunk[at] == '\n') ++at;
      if (!in_header_ && lines_left_ == 0) {
        done_ = true;
        return chunk.substr(0, at);
      }
      continue;
    }
    const std::size_t end = chunk.find_first_of("\r\n", at);
    if (end == View::npos) {
      line_empty_ = false;
      break;
    }
    if (end > at) line_empty_ = false;
    at = end + 1;
    const bool last = line_ends();
    after_cr_ = chunk[end] == '\r';
    if (last && !after_cr_) {
      done_ = true;
      return chunk.substr(0, at);
    }
  }
  return done_ ? View() : chunk;
}

bool HeadCutter::line_ends() {
  if (in_header_) {
    in_header_ = !line_empty_;
  } else {
    --lines_left_;
  }
  line_empty_ = true;
  return !in_header_ && lines_left_ == 0;
}

}  // namespace posthorn::frame
