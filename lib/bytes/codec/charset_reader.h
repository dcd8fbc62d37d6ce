// The readers behind CharsetDecoder, one for each way to write characters as octets.
//
// Each takes whole characters from the front of `octets` and returns how many octets it took; what it leaves, at most
// seven octets, is a character that more octets may make whole. With `last` it leaves nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/view.h"

#include "bytes/codec/charsets.h"

namespace posthorn::codec {

using Shift = CharsetDecoder::Shift;
using Converters = CharsetDecoder::Converters;

/// Where text goes, and what could not be read is counted.
class TextSink {
 public:
  /// @param at  octets of the text before those that are read now
  TextSink(std::string& out, CharsetFaults& faults, std::uint64_t at) : out_(out), faults_(faults), at_(at) {}
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  void put(char32_t code_point);
  /// Appends well-formed UTF-8.
  void copy(View utf8);
  /// One U+FFFD for octets from `offset` of those that are read now.
  void replace(std::size_t offset);
  /// The same for a U+FFFD that is written otherwise.
  void count(std::size_t offset);
  /// Where octets may be appended that are known to be UTF-8.
  std::string& text();
  /// What is held goes to the text; to be called at the end.
  void flush();

 private:
  std::string& out_;
  CharsetFaults& faults_;
  std::uint64_t at_;
  std::size_t held_ = 0;
  std::array<char, 512> room_;  // put() collects here
};

std::size_t read_utf8(View octets, bool last, TextSink& sink);
std::size_t read_single_octets(const Charset& charset, View octets, TextSink& sink);
std::size_t read_multi_octets(const MultiOctet& kind, Converters& converters, View octets, bool last, TextSink& sink);
/// Which octet of a unit comes first; what a byte order mark says counts more.
enum class Order : std::uint8_t { unknown, big, little };
std::size_t read_utf16(View octets, bool last, Order named, Shift& shift, TextSink& sink);
std::size_t read_utf32(View octets, bool last, Order named, Shift& shift, TextSink& sink);
std::size_t read_utf7(View octets, bool last, Shift& shift, TextSink& sink);
/// ISO 2022 in seven bits (RFC 1468, 1554, 1557, 1922), or HZ (RFC 1843).
std::size_t read_escaped(Scheme scheme, Converters& converters, View octets, bool last, Shift& shift, TextSink& sink);

/// Octets of a broken character that its U+FFFD stands for: all but what is ASCII behind its first.
[[nodiscard]] std::size_t broken_octets(View character);

/// Appends what the machine's converter `name` makes of whole characters.
/// @param slot  which of `converters` it is
/// @returns octets converted; fewer than all where the converter has no character
std::size_t convert(Converters& converters, std::size_t slot, const char* name, View octets, std::string& out);

}  // namespace posthorn::codec
