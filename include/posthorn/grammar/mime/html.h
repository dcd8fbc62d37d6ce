// HTML as plain text, the way browsers copy it (WHATWG HTML, "innerText"), through the gumbo parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// What bounds time and memory whatever the HTML is. What is over a limit is left out; text stays text.
struct HtmlLimits {
  std::size_t max_octets = std::size_t{16} << 20U;  ///< of HTML that is read
  /// What is left for the parser without comments, scripts, styles, attributes and tags that say nothing about text.
  /// The parser needs up to 100 octets of memory for each of them.
  std::size_t max_reduced_octets = std::size_t{1} << 20U;
  std::uint32_t max_depth = 200;  ///< elements inside each other; deeper ones only begin new lines
  std::uint32_t max_indent = 20;  ///< quotes and lists inside each other that are marked at the beginning of a line
  std::size_t max_value = 2000;   ///< octets of a link target or of the text of a picture
};

struct HtmlOptions {
  bool link_targets = true;  ///< writes "text <https://example.org/>" where the text is not the target itself
  HtmlLimits limits = {};
};

/// The text of an HTML document.
///
/// Paragraphs and headings have an empty line between them, "<br>", rows and items a line of their own, cells a tab
/// between them; items begin with "* " or their number, lines of quotes with "> ", pictures are their "alt". White
/// space is collapsed as browsers do, but in "<pre>". What is not shown goes: head, comments, scripts, styles, elements
/// with "hidden", "display:none" or "visibility:hidden".
/// @param html  well-formed UTF-8, as decode_text() gives it
/// @returns well-formed UTF-8; lines are separated by LF, none at the end
[[nodiscard]] std::string html_to_text(View html, const HtmlOptions& options = {});

}  // namespace posthorn::mime
