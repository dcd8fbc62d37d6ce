// Where real parsers read different messages in the same octets: one decision for each case, and a search for all of
// them.
//
// Who filters mail sees one reading, who opens it perhaps another: what is found here is what tells them apart. Our own
// decisions, with their reasons, are rows of ambiguities(); docs/mime-readings.md prints them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

enum class Ambiguity : std::uint8_t {
  duplicate_field,
  space_before_colon,
  line_without_colon,
  white_space_line,
  leading_continuation,
  header_without_end,
  bare_cr,
  odd_line_end,
  bare_lf,
  nul_octet,
  eight_bit_field,
  encoded_word_in_quotes,
  encoded_word_with_space,
  no_mime_version,
  content_type_unreadable,
  comment_in_value,
  encoding_spelling,
  encoding_unknown,
  encoded_composite,
  duplicate_parameter,
  split_parameter,
  two_names,
  loose_parameter,
  open_quote,
  missing_semicolon,
  empty_parameter,
  boundary_missing,
  odd_boundary,
  boundary_on_leaf,
  boundary_repeated,
  boundary_prefix,
  delimiter_with_text,
  delimiter_after_bare_cr,
  delimiter_after_close,
  entity_in_preamble,
  entity_in_epilogue,
  no_delimiter,
  no_closing_delimiter,
  over_limit,
  foreign_octet,
  data_after_padding,
  cut_group,
  bad_hex,
  bare_equals,
  trailing_space,
  long_line,
  uuencoded_text,
  message_partial,
};

/// What is known of one ambiguity.
struct AmbiguityRow {
  Ambiguity kind;
  View name;    ///< "duplicate_field", for logs and filters
  View ours;    ///< how this library reads it
  View others;  ///< how others do
  View source;  ///< what the standards say, or where
};

/// All rows, in the order of the enumeration.
[[nodiscard]] std::span<const AmbiguityRow> ambiguities();
[[nodiscard]] const AmbiguityRow& row_of(Ambiguity kind);

/// One place of a message that can be read in two ways.
struct Reading {
  Ambiguity kind;
  PartId part;               ///< in whose header or body it stands
  Offset at = 0;             ///< from the start of the message
  std::uint64_t octets = 0;  ///< that are concerned; 0 where something is missing
};

/// Readings that are told of one message; what comes later is left out.
inline constexpr std::size_t kMaxReadings = 1'000;

/// Every place where another parser may see another message, in the order of the message. Of each kind at most
/// kMaxReadingsOfKind in one part. Cost is linear in the message.
/// @param message  its octets still have to be there
[[nodiscard]] std::vector<Reading> readings(const Message& message);
inline constexpr std::size_t kMaxReadingsOfKind = 10;

}  // namespace posthorn::mime
