// Tables of named rows, put in order and checked at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "posthorn/bytes/view.h"

namespace posthorn {

/// The rows by `name`; a name that is there twice, or has a small letter, does not compile.
template <class Row, std::size_t N>
consteval std::array<Row, N> sorted(std::array<Row, N> rows) {
  for (std::size_t i = 1; i < N; ++i) {  // by hand: <algorithm> would cost every includer more than it saves here
    for (std::size_t j = i; j > 0 && rows[j].name < rows[j - 1].name; --j) std::swap(rows[j], rows[j - 1]);
  }
  for (std::size_t i = 0; i < N; ++i) {
    for (const char c : rows[i].name) {
      if (c >= 'a' && c <= 'z') throw "a name is not in capitals";
    }
    if (i > 0 && rows[i - 1].name == rows[i].name) throw "two rows have the same name";
  }
  return rows;
}

}  // namespace posthorn
