// The messages of a run: their octets follow from their names, so everybody who reads one can tell whether it is whole
// and the right one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::stress {

struct Letter {
  std::uint32_t client = 0;  ///< who wrote it: only this one uses its own keyword on it and its copies
  std::uint32_t number = 0;  ///< counts from 1
  auto operator<=>(const Letter&) const = default;

  /// Nobody deletes or copies a keeper; it may be moved. So exactly one is there at the end, whatever fails.
  [[nodiscard]] bool is_keeper() const { return number % 12 == 0; }
  /// Larger than what the store keeps in memory, and sent in several pieces.
  [[nodiscard]] bool is_large() const { return number % 50 == 7; }
};

/// "letter 3.17"
[[nodiscard]] std::string name_of(Letter letter);
/// The whole message.
[[nodiscard]] std::string content_of(Letter letter);
/// The first "letter C.N" in a text.
[[nodiscard]] std::optional<Letter> letter_in(View text);

}  // namespace posthorn::stress
