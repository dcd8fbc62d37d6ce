// Comments and folding white space (RFC 5322 section 3.2.2), for all readers of structured fields.
#pragma once

#include <cstddef>

#include "posthorn/grammar/char_set.h"

namespace posthorn {

/// White space of a field body; the line ends are those of folding.
inline constexpr CharSet kFoldingWhite = " \t\r\n";

/// Where the comment that opens at text[at] is over; one that stays open ends with the text.
[[nodiscard]] constexpr std::size_t comment_end(View text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') {
      ++depth;
    } else if (c == ')') {
      if (--depth == 0) return at + 1;
    } else if (c == '\\') {
      ++at;
    }
  }
  return text.size();
}

/// The first place from `at` on that is neither white space nor in a comment.
[[nodiscard]] constexpr std::size_t skip_cfws(View text, std::size_t at) {
  while (at < text.size()) {
    if (kFoldingWhite[text[at]]) {
      ++at;
    } else if (text[at] == '(') {
      at = comment_end(text, at);
    } else {
      break;
    }
  }
  return at;
}

/// `text` without white space at both ends.
[[nodiscard]] constexpr View trimmed(View text) {
  while (!text.empty() && kFoldingWhite[text.front()]) text.remove_prefix(1);
  while (!text.empty() && kFoldingWhite[text.back()]) text.remove_suffix(1);
  return text;
}

}  // namespace posthorn
