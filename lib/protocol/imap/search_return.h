// What a searching command is to answer: the RETURN options of SEARCH, SORT and ESEARCH.
#pragma once

#include <cstdint>

#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::search {

/// A result option; a bit each (RFC 9051 section 6.4.4, RFC 5267 section 4.1, RFC 9394 section 3.1).
enum class Return : std::uint8_t {
  min = 1,
  max = 2,
  all = 4,
  count = 8,
  save = 16,
  update = 32,
  hint = 64,
  partial = 128
};

/// A piece of the results: from the first or, `from_end`, from the last one on, as the client spelled it.
struct PartialRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool from_end = false;
};

struct ReturnOptions {
  bool given = false;  ///< there was RETURN
  Bits<Return> what;
  PartialRange partial;

  [[nodiscard]] bool has(Return option) const { return what.has(option); }
  /// Whether the answer needs all messages that match: MIN and MAX alone do not.
  [[nodiscard]] bool needs_all() const {
    return has(Return::all) || has(Return::count) || has(Return::partial) || has(Return::update) ||
           !(has(Return::min) || has(Return::max));
  }
  /// Whether anything is told: SAVE alone asks for nothing (RFC 9051 section 6.4.4.1).
  [[nodiscard]] bool tells() const {
    return has(Return::min) || has(Return::max) || has(Return::all) || has(Return::count) || has(Return::partial);
  }
};

/// [SP "RETURN" SP "(" [option *(SP option)] ")"]. Nothing between the parentheses, or only hints, means ALL.
bool return_options(Cursor& c, ReturnOptions& out);
/// partial-range (RFC 9394 section 4): both ends of one sign, no 0.
bool partial_range(Cursor& c, PartialRange& out);

/// Where a piece lies in `count` results: [first, second).
struct Slice {
  std::size_t first = 0;
  std::size_t last = 0;
};
[[nodiscard]] Slice slice_of(const PartialRange& range, std::size_t count);

}  // namespace posthorn::imap::search
