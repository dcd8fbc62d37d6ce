// What a line of a header is: shared by the parser, which gets lines, and the reader of whole headers.
#pragma once

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

/// Octets of the line end: 2 for CRLF, 1 for LF, 0 for none.
[[nodiscard]] constexpr std::size_t line_end_of(View line) {
  if (!line.ends_with('\n')) return 0;
  return line.ends_with("\r\n") ? 2 : 1;
}

/// The line that ends a header.
[[nodiscard]] constexpr bool is_empty_line(View line) { return line == "\n" || line == "\r\n"; }

/// Lines side by side.
struct Lines {
  std::size_t octets = 0;
  std::size_t count = 0;
  std::size_t first_bare = 0;  ///< where the first line that ends with LF alone is over, or 0
};

/// The lines at the front of `text` that are there to their ends.
/// @param delimiters  whether a line that starts with "--" ends them
[[nodiscard]] inline Lines whole_lines(View text, bool delimiters) {
  Lines out;
  for (std::size_t at = 0; !delimiters || !text.substr(at).starts_with("--"); at = out.octets) {
    const std::size_t lf = text.find('\n', at);
    if (lf == View::npos) break;
    out.octets = lf + 1;
    ++out.count;
    if (out.first_bare == 0 && (lf == at || text[lf - 1] != '\r')) out.first_bare = out.octets;
  }
  return out;
}

/// Cuts the lines of one field at its colon; false when there is no field name before a colon. White space between
/// name and colon is passed over (RFC 5322 section 4.5).
constexpr bool split_field(View lines, Offset at, Field& out) {
  constexpr CharSet kName = chars::kVisible - CharSet(":");
  std::size_t colon = 0;
  while (colon < lines.size() && kName[lines[colon]]) ++colon;
  const View name = lines.substr(0, colon);
  while (colon < lines.size() && chars::kSpace[lines[colon]]) ++colon;
  if (name.empty() || colon == lines.size() || lines[colon] != ':') return false;
  View raw = lines.substr(colon + 1);
  raw.remove_suffix(line_end_of(raw));
  out = {name, raw, at};
  return true;
}

}  // namespace posthorn::mime
