// LineFramer: any split of the input gives the same lines, and a line never holds a line end.
#include "posthorn/grammar/frame/line.h"

#include <cstddef>
#include <string>

#include "check.h"
#include "fuzz.h"
#include "posthorn/bytes/buffer.h"

namespace {

using namespace posthorn;

std::string lines_of(View input, std::size_t limit, std::size_t chunk) {
  std::string found;
  Buffer buffer;
  frame::LineFramer framer(limit);
  for (std::size_t at = 0; at < input.size(); at += chunk) {
    buffer.append(input.substr(at, chunk));
    for (auto line = framer.next(buffer); line.status != frame::LineStatus::need_input; line = framer.next(buffer)) {
      const bool whole = line.status == frame::LineStatus::line;
      fuzzing::check(!whole || line.text.find_first_of(View("\r\n\0", 3)) == View::npos, "no line end inside a line");
      fuzzing::check(!whole || line.text.size() + 2 <= limit, "no line over the limit");
      found += std::to_string(static_cast<int>(line.status));
      if (whole) found.append(line.text);
      found += '\n';
      buffer.consume(line.octets);
    }
    fuzzing::check(buffer.size() <= limit + chunk, "the buffer stays within the limit");
  }
  return found;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty()) return;
  const std::size_t limit = 2 + static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const std::string whole = lines_of(input, limit, input.size() + 1);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    fuzzing::check(lines_of(input, limit, chunk) == whole, "any split gives the same lines");
  }
}
