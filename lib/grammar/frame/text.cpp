#include "posthorn/grammar/frame/text.h"

namespace posthorn::frame {

bool TextScanner::scan(View chunk) {
  if (!well_ || chunk.empty()) return well_;
  if (chunk.find('\0') != View::npos) return well_ = false;
  if (after_cr_ != (chunk.front() == '\n')) return well_ = false;
  std::size_t at = after_cr_ ? 1 : 0;
  after_cr_ = chunk.back() == '\r' && at < chunk.size();
  const View text = chunk.substr(0, chunk.size() - (after_cr_ ? 1 : 0));
  // Both searches are memchr: line ends are rare next to other octets.
  while (at < text.size()) {
    const std::size_t lf = text.find('\n', at);
    const View line = text.substr(at, lf == View::npos ? View::npos : lf - at);
    const std::size_t cr = line.find('\r');
    if (lf == View::npos) return well_ = cr == View::npos;
    if (line.empty() || cr != line.size() - 1) return well_ = false;
    at = lf + 1;
  }
  return true;
}

void TextWriter::write(View chunk, Buffer& out) {
  while (!chunk.empty()) {
    if (after_cr_ && chunk.front() == '\n') chunk.remove_prefix(1);
    after_cr_ = false;
    const std::size_t end = chunk.find_first_of("\r\n");
    out.append(chunk.substr(0, end));
    if (end == View::npos) return;
    out.append("\r\n");
    after_cr_ = chunk[end] == '\r';
    chunk.remove_prefix(end + 1);
  }
}

std::string with_crlf(View octets) {
  std::string out;
  out.reserve(octets.size() + octets.size() / 32);
  for (std::size_t lf = octets.find('\n'); lf != View::npos; lf = octets.find('\n')) {
    const bool bare = lf == 0 ? !out.ends_with('\r') : octets[lf - 1] != '\r';
    out.append(octets.substr(0, lf)).append(bare ? "\r\n" : "\n");
    octets.remove_prefix(lf + 1);
  }
  return out.append(octets);
}

}  // namespace posthorn::frame
