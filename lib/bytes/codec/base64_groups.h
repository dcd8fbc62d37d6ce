// Whole groups of base64, four letters for three octets: the part that is worth doing fast.
#pragma once

#include <cstddef>
#include <span>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// How far groups were decoded.
struct Groups {
  std::size_t read = 0;
  std::size_t written = 0;
  std::size_t column = 0;  // octets of the line before the first that was not read
};

/// Decodes groups from the front of `text` and passes over line ends (CRLF or LF) between them. Stops before a group
/// that is not four letters, before the end of a line of more than kMaxEncodedLine octets, or where `text` or `room` is
/// too short.
///
/// @param column  octets of the line before `text`
[[nodiscard]] Groups decode_groups(View text, std::span<char> room, std::size_t column);

/// Encodes groups of three octets from the front of `octets`; fewer than three are left over.
///
/// @param room  of at least octets.size() / 3 * 4 octets
/// @returns octets read; a third more are written
std::size_t encode_groups(View octets, std::span<char> room);

/// Octets that one full line takes, and letters that it gives.
inline constexpr std::size_t kLineOctets = 57;
inline constexpr std::size_t kLineLetters = 76;

/// Encodes full lines from the front of `octets`, CRLF before each of them.
///
/// @param room  of at least octets.size() / kLineOctets * (kLineLetters + 2) octets
/// @returns octets read, a multiple of kLineOctets; fewer than kLineOctets are left over
std::size_t encode_lines(View octets, std::span<char> room);

/// The same without the processor's vectors: what other machines run, and what ends a run on this one.
[[nodiscard]] Groups decode_groups_by_table(View text, std::span<char> room, std::size_t column);
std::size_t encode_groups_by_table(View octets, std::span<char> room);

}  // namespace posthorn::codec
