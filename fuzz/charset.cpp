// Charsets: the text is UTF-8 of bounded size; any split reads alike and finds the same faults.
#include "posthorn/bytes/codec/charset.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "posthorn/bytes/codec/utf8.h"

#include "check.h"
#include "fuzz.h"

/// The first octet is the charset, the second the size of chunks.
void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  constexpr std::array<View, 22> kCharsets{
      "utf-8",  "us-ascii", "iso-8859-1", "windows-1252", "koi8-r", "viscii",         "windows-1255", "shift_jis",
      "euc-jp", "euc-kr",   "big5",       "gb18030",      "euc-tw", "iso-2022-jp",    "iso-2022-kr",  "iso-2022-cn",
      "hz",     "utf-7",    "utf-16",     "utf-16le",     "utf-32", "no-such-charset"};
  if (input.size() < 2) return;
  const View charset = kCharsets[static_cast<unsigned char>(input[0]) % kCharsets.size()];
  const std::size_t chunk = 1 + static_cast<unsigned char>(input[1]) % 16;
  const View octets = input.substr(2);

  codec::CharsetFaults faults;
  const std::string text = codec::to_utf8(charset, octets, faults);
  fuzzing::check(codec::is_utf8(text), "text is UTF-8");
  fuzzing::check(text.size() <= 3 * octets.size() + 3, "an octet gives at most a U+FFFD");
  fuzzing::check(3 * faults.replacements <= text.size(), "what is counted is written");
  fuzzing::check(faults.first <= octets.size(), "a fault is inside the text");
  fuzzing::check(faults.unknown_charset == !codec::knows_charset(charset), "what is unknown is told");
  if (codec::is_utf8_already(charset, octets)) {
    fuzzing::check(text == octets && faults.empty(), "what needs no reading stays");
  }

  codec::CharsetDecoder decoder(charset);
  std::string pieces;
  for (View rest = octets; !rest.empty();) {
    decoder.decode(rest.substr(0, chunk), pieces);
    fuzzing::check(codec::is_utf8(pieces), "pieces end between characters");
    rest.remove_prefix(std::min(chunk, rest.size()));
  }
  decoder.finish(pieces);
  fuzzing::check(pieces == text, "any split reads alike");
  fuzzing::check(decoder.faults() == faults, "any split finds the same faults");
}
