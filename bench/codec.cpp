// Codecs alone, in cache: prints "NAME GB/s" per line, input octets counted, the middle of seven runs.
#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <span>
#include <string>

#include <fmt/format.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

namespace {
constexpr std::size_t kOctets = 128 * 1024;  // input and output stay in the second level cache
constexpr std::size_t kRunOctets = 200'000'000;

std::size_t sink = 0;  // so that nothing is optimised away

void measure(View name, View input, const std::function<std::size_t(View)>& work) {
  using Clock = std::chrono::steady_clock;
  std::array<double, 7> rates{};
  for (double& rate : rates) {
    const std::size_t rounds = kRunOctets / input.size();
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < rounds; ++i) sink += work(input);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    rate = static_cast<double>(rounds * input.size()) / seconds / 1e9;
  }
  std::ranges::sort(rates);
  fmt::print("{} {:.3f}\n", name, rates[3]);
}

std::string noise(std::size_t count) {
  std::string out;
  std::uint32_t state = 1;
  while (out.size() < count) {
    state = state * 1664525U + 1013904223U;
    out.push_back(static_cast<char>(state >> 24U));
  }
  return out;
}

std::string repeated(View text, std::size_t count) {
  std::string out;
  while (out.size() < count) out += text;
  return out;
}

std::string in_lines(View letters, View line_end) {
  std::string out;
  for (std::size_t at = 0; at < letters.size(); at += 76) out.append(letters.substr(at, 76)).append(line_end);
  return out;
}

void measure_decoder(View name, codec::Transfer transfer, View input) {
  std::string out;
  measure(name, input, [&](View body) {
    out.clear();
    codec::Decoder decoder(transfer);
    decoder.decode(body, out);
    decoder.finish(out);
    return out.size();
  });
}

void measure_transfers() {
  const std::string letters = codec::base64_encode(noise(kOctets / 4 * 3));
  measure_decoder("base64-decode-one-line", codec::Transfer::base64, letters);
  measure_decoder("base64-decode-mime", codec::Transfer::base64, in_lines(letters, "\r\n"));
  measure_decoder("base64-decode-mime-lf", codec::Transfer::base64, in_lines(letters, "\n"));
  measure("base64-decode-strict", letters, [](View text) { return codec::base64_decode(text)->size(); });
  measure("base64-encode", noise(kOctets), [](View octets) { return codec::base64_encode(octets).size(); });
  measure_decoder("quoted-printable-ascii", codec::Transfer::quoted_printable,
                  repeated("Most lines of such a text have no octet that is encoded, now and then=20\r\n"
                           "there is one or two, as in caf=C3=A9, and a long line ends in a soft break =\r\nlike this. "
                           "Lines are seventy-odd octets long, as a rule, because they have to be.\r\n",
                           kOctets));
  measure_decoder("quoted-printable-cyrillic", codec::Transfer::quoted_printable,
                  repeated("=D0=9F=D1=80=D0=B8=D0=B2=D0=B5=D1=82, =D0=BA=D0=B0=D0=BA =D0=B4=D0=B5=D0=BB=\r\n"
                           "=D0=B0=3F=20\r\n",
                           kOctets));
}

void measure_utf8(View name, View text) {
  measure(name, text, [](View octets) { return static_cast<std::size_t>(codec::is_utf8(octets)); });
}

void measure_charset(View name, View charset, View text) {
  measure(name, text, [&](View octets) { return codec::to_utf8(charset, octets).size(); });
}
}  // namespace

int main() {
  measure_transfers();
  const std::string ascii = repeated("Only ASCII is in this text, as in most headers and most bodies.\r\n", kOctets);
  const std::string german = repeated(
      "Gr\xC3\xBC\xC3\x9F"
      "e aus M\xC3\xBCnchen, sch\xC3\xB6nes Wetter heute.\r\n",
      kOctets);
  const std::string japanese =
      repeated("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x81\xAE\xE6\x96\x87\xE7\xAB\xA0\xE3\x80\x82", kOctets);
  measure_utf8("utf8-validate-ascii", ascii);
  measure_utf8("utf8-validate-german", german);
  measure_utf8("utf8-validate-japanese", japanese);
  const std::string cyrillic =
      repeated("\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82, \xD0\xBA\xD0\xB0\xD0\xBA?\r\n", kOctets);
  measure_charset("utf8-copy-ascii", "utf-8", ascii);
  measure_charset("utf8-copy-german", "utf-8", german);
  measure_charset("utf8-copy-cyrillic", "utf-8", cyrillic);
  measure_charset("utf8-copy-japanese", "utf-8", japanese);
  measure_charset("utf8-repair", "utf-8", repeated("Gr\xFC\xDF aus M\xFCnchen, sch\xF6nes Wetter heute.\r\n", kOctets));
  measure_charset("latin1-expand-ascii", "iso-8859-1", ascii);
  measure_charset("latin1-expand-german", "iso-8859-1",
                  repeated("Gr\xFC\xDF"
                           "e aus M\xFCnchen, sch\xF6nes Wetter heute.\r\n",
                           kOctets));
  measure_charset("koi8-r-expand", "koi8-r",
                  repeated("\xF0\xD2\xC9\xD7\xC5\xD4, \xCB\xC1\xCB \xC4\xC5\xCC\xC1?\r\n", kOctets));
  measure_charset("windows-1251-expand", "windows-1251",
                  repeated("\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0?\r\n", kOctets));
  measure_charset("shift-jis", "shift_jis",
                  repeated("\x93\xFA\x96{\x8C\xEA\x82\xCC\x95\xB6\x8F\xCD\x81"
                           "B",
                           kOctets));
  measure_charset("shift-jis-ascii", "shift_jis", ascii);
  measure_charset("gb18030", "gb2312", repeated("\xBC\xF2\xCC\xE5\xD6\xD0\xCE\xC4 abc\r\n", kOctets));
  measure_charset("iso-2022-jp", "iso-2022-jp", repeated("\x1B$BF|K\\8l\x1B(B and some ASCII behind it\r\n", kOctets));
  measure_charset("utf-16", "utf-16le", repeated(View("\xE5\x65,g \x00", 6), kOctets));
  measure_charset("utf-7", "utf-7", repeated("Hi Mom -+Jjo--! +2D3cTQ-", kOctets));
  measure_charset("short-utf8", "utf-8", "Gr\xC3\xBC\xC3\x9F\x65");
  measure_charset("short-koi8-r", "koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4");
  measure_charset("short-iso-2022-jp", "iso-2022-jp", "\x1B$BF|K\\8l\x1B(B");
  return sink == 0 ? 1 : 0;
}
