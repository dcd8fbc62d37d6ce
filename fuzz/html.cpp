// HTML to text: total, UTF-8, bounded; no tag or entity is left behind by a limit that cuts it.
#include "posthorn/grammar/mime/html.h"

#include <string>

#include "posthorn/bytes/codec/utf8.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  std::string html;
  for (View rest = input; !rest.empty();) codec::append_code_point(html, codec::take_code_point(rest));
  mime::HtmlOptions options;
  for (const bool small : {false, true}) {
    if (small) {
      options.link_targets = false;
      options.limits = {
          .max_octets = 2000, .max_reduced_octets = 500, .max_depth = 5, .max_indent = 2, .max_value = 10};
    }
    const std::string text = mime::html_to_text(html, options);
    fuzzing::check(codec::is_utf8(text), "text is UTF-8");
    fuzzing::check(!text.starts_with('\n') && !text.ends_with('\n'), "no line ends around the text");
    fuzzing::check(text.find('\0') == std::string::npos, "no NUL in the text");
    // Marks of quotes and lists are the only text that is not in the HTML; an item has at most so many for each octet.
    fuzzing::check(text.size() <= 60 * html.size(), "the text is bounded by the HTML");
  }
}
