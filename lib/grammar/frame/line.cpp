#include "posthorn/grammar/frame/line.h"

#include <algorithm>

namespace posthorn::frame {

namespace {
constexpr std::size_t kNone = View::npos;
constexpr std::size_t kTail = 64;  // octets of a dropped line that stay: more than any announcement of a literal
constexpr View kSuspects("\r\n\0", 3);
}  // namespace

Line LineFramer::next(Buffer& input) {
  const std::size_t tail = std::min(kTail, limit_ / 2);
  for (;;) {
    const View text = input.view();
    const std::size_t at = text.find_first_of(kSuspects, searched_);
    if (at == kNone) {
      searched_ = text.size();
    } else if (text[at] == '\r' && at + 1 == text.size()) {
      searched_ = at;  // the LF may still come
    } else if (text[at] == '\r' && text[at + 1] == '\n') {
      const bool dropped = dropping_ || at + 2 > limit_;
      const bool bare = bare_;
      reset();
      if (dropped) return {LineStatus::too_long, text.substr(at - std::min(at, tail), std::min(at, tail)), at + 2};
      return {bare ? LineStatus::bare : LineStatus::line, text.substr(0, at), at + 2};
    } else {
      bare_ = true;
      searched_ = at + 1;
      continue;
    }
    if (text.size() > limit_) {
      dropping_ = true;
      const std::size_t kept = std::min(tail, searched_);
      input.consume(searched_ - kept);
      searched_ = kept;
    }
    return {};
  }
}

void LineFramer::reset() {
  searched_ = 0;
  dropping_ = false;
  bare_ = false;
}

}  // namespace posthorn::frame
