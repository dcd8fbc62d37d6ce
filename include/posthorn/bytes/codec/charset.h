// Character sets, to UTF-8: whole texts and texts that come in pieces.
//
// Octets that mean nothing in their charset become U+FFFD and are counted, by one rule for all charsets, that of the
// WHATWG Encoding Standard: the longest beginning of a character is one U+FFFD, and no octet below 0x80 is swallowed
// behind a lead octet it does not belong to, so a broken character cannot hide the "<" or the line end after it.
//
// Names are compared by letters and digits alone, in any case (Unicode Technical Standard 22, section 1.4): "UTF8",
// "utf_8" and "'utf-8'" are one name. A name means what mail that says it holds, which is often more:
//   - iso-8859-1 is read as windows-1252, iso-8859-9 as windows-1254, iso-8859-11 and tis-620 as windows-874;
//   - gb2312 and gbk as GB18030, ks_c_5601-1987 and euc-kr as code page 949, big5 with its Hong Kong characters,
//     shift_jis as code page 932, euc-jp with the characters Microsoft added;
//   - us-ascii as UTF-8 where it is that; iso-8859-8-i as iso-8859-8 (the order of Hebrew is the reader's matter);
//   - utf-16 and utf-32, whatever order the name says, as their byte order mark says, which is dropped; without one
//     utf-16 is big-endian (RFC 2781 section 4.3) unless its first two characters are ASCII the other way round.
// Only tables of several octets come from the machine's iconv, of a closed list: no name in a message chooses what is
// loaded. In charsets that shift by escapes (iso-2022-*, hz-gb-2312) a line end goes back to ASCII (RFC 1468, 1557,
// 1843, 1922).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// What was wrong with a text in some charset. Nothing here keeps the rest from being read.
struct CharsetFaults {
  bool unknown_charset = false;    ///< it was read as us-ascii
  std::uint64_t replacements = 0;  ///< how many U+FFFD stand for octets that could not be read
  std::uint64_t first = 0;         ///< octets before the first of those, in UTF-7 before where it shows; 0: none

  [[nodiscard]] bool empty() const { return !unknown_charset && replacements == 0; }
  friend bool operator==(const CharsetFaults&, const CharsetFaults&) = default;
};

struct Charset;

/// Reads one text to well-formed UTF-8. Any chunking gives the same octets and the same faults; a bounded state,
/// whatever the text's size.
class CharsetDecoder {
 public:
  /// @param charset  as spelled in the message; an unknown one reads as us-ascii
  explicit CharsetDecoder(View charset);

  /// Appends what `chunk` says, but for a character that is cut at its end: that comes with the next.
  void decode(View chunk, std::string& out);
  /// The text is over: a character that is still cut becomes U+FFFD; ready for the next text.
  void finish(std::string& out);

  /// What was wrong so far; after finish(), with the whole text, until the next one begins.
  [[nodiscard]] const CharsetFaults& faults() const { return faults_; }

  // Below is what the readers of charsets keep here, which is nobody else's matter.

  /// Between octets; what it means differs.
  struct Shift {
    std::uint32_t bits = 0;              // UTF-7: of a unit that is not whole...
    std::uint8_t count = 0;              // ...and how many
    std::uint8_t mode = 0;               // byte order; in a run of base64; which set is invoked
    std::uint16_t high = 0;              // UTF-7: a high surrogate
    std::array<std::uint8_t, 3> sets{};  // ISO 2022: G0, G1, G2
  };
  struct ReturnConverter {
    const char* name;
    void operator()(void* handle) const;
  };
  /// The machine's converters, opened when first needed.
  using Converters = std::array<std::unique_ptr<void, ReturnConverter>, 4>;

 private:
  std::size_t read(View octets, bool last, std::string& out);

  const Charset* charset_;
  Converters converters_;
  Shift shift_;
  std::array<char, 8> cut_{};  // octets of a character, or of an escape, that is not whole
  std::uint8_t cut_octets_ = 0;
  bool over_ = false;
  std::uint64_t at_ = 0;  // octets of the text that were read
  CharsetFaults faults_;
};

/// A whole text as well-formed UTF-8.
[[nodiscard]] std::string to_utf8(View charset, View octets);
/// @param faults  takes what was wrong; what was in it goes
[[nodiscard]] std::string to_utf8(View charset, View octets, CharsetFaults& faults);

/// Whether to_utf8() gives these octets as they stand, and finds nothing wrong.
[[nodiscard]] bool is_utf8_already(View charset, View octets);

/// Whether to_utf8() knows this name.
[[nodiscard]] bool knows_charset(View charset);

}  // namespace posthorn::codec
