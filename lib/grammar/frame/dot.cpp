#include "posthorn/grammar/frame/dot.h"

namespace posthorn::frame {

DotPiece DotDecoder::next(View input) {
  std::size_t from = 0;
  if (at_line_start_ && input.starts_with('.')) {
    if (input.size() < 2 || input == ".\r") return {};
    if (input.starts_with(".\r\n")) {
      at_line_start_ = true;
      return {DotStatus::end, {}, 3};
    }
    from = 1;
  }
  const std::size_t end = content_end(input, from);
  if (end == from) return {};
  return {DotStatus::content, input.substr(from, end - from), end};
}

/// As far as content goes without a doubled dot or a CR whose LF may still come.
std::size_t DotDecoder::content_end(View input, std::size_t from) {
  std::size_t at = from;
  while (at < input.size()) {
    const std::size_t lf = input.find('\n', at);
    if (lf == View::npos) {
      const std::size_t end = input.back() == '\r' ? input.size() - 1 : input.size();
      inspect(input.substr(at, end - at));
      if (end > at) at_line_start_ = false;
      return end;
    }
    const bool crlf = lf > at && input[lf - 1] == '\r';
    inspect(input.substr(at, (crlf ? lf - 1 : lf) - at));
    if (!crlf) bare_ = true;
    at_line_start_ = crlf;
    at = lf + 1;
    if (crlf && at < input.size() && input[at] == '.') return at;
  }
  return at;
}

void DotDecoder::inspect(View line) { bare_ = bare_ || line.find('\r') != View::npos || line.find('\0') != View::npos; }

void DotEncoder::encode(View chunk, Buffer& out) {
  while (!chunk.empty()) {
    if (after_cr_ && chunk.front() == '\n') chunk.remove_prefix(1);
    after_cr_ = false;
    const std::size_t end = chunk.find_first_of("\r\n");
    text(chunk.substr(0, end), out);
    if (end == View::npos) return;
    out.append("\r\n");
    at_line_start_ = true;
    after_cr_ = chunk[end] == '\r';
    chunk.remove_prefix(end + 1);
  }
}

void DotEncoder::text(View line, Buffer& out) {
  if (line.empty()) return;
  if (at_line_start_ && line.front() == '.') out.push('.');
  out.append(line);
  at_line_start_ = false;
}

void DotEncoder::finish(Buffer& out) {
  if (!at_line_start_) out.append("\r\n");
  out.append(".\r\n");
  *this = DotEncoder();
}

}  // namespace posthorn::frame
