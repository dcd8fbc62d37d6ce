// Lower case of ASCII letters: of texts, and by one look into a table for what reads much.
#pragma once

#include <array>
#include <string>

#include "posthorn/grammar/char_set.h"

namespace posthorn {

/// ASCII letters in lower case.
[[nodiscard]] inline std::string lower_case(View text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

/// The members of the set in lower case, '\0' for all others.
[[nodiscard]] constexpr std::array<char, 256> lower_case_of(const CharSet& set) {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < table.size(); ++c) {
    if (set[static_cast<char>(c)]) table[c] = to_lower(static_cast<char>(c));
  }
  return table;
}

}  // namespace posthorn
