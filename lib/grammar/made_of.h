// What a text consists of.
#pragma once

#include <algorithm>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn {

/// Whether every octet of a text is a member of a set; so of an empty text.
[[nodiscard]] constexpr bool is_made_of(View text, const CharSet& set) {
  return std::ranges::all_of(text, [&](char c) { return set[c]; });
}

}  // namespace posthorn
