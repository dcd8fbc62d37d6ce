#include "posthorn/bytes/codec/charset.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <iconv.h>

#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::codec {

namespace {
enum class Known : std::uint8_t { utf8, latin1, windows1252, other };

/// 0x80 to 0x9F of windows-1252; 0 where it has no character.
constexpr std::array<char16_t, 32> kWindows1252{0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool same_word(View a, View b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Known kind_of(View charset) {
  for (View name : {"utf-8", "utf8", "us-ascii", "ascii"}) {
    if (same_word(name, charset)) return Known::utf8;
  }
  for (View name : {"iso-8859-1", "latin1", "iso8859-1"}) {
    if (same_word(name, charset)) return Known::latin1;
  }
  for (View name : {"windows-1252", "cp1252"}) {
    if (same_word(name, charset)) return Known::windows1252;
  }
  return Known::other;
}

std::string repaired(View octets) {
  if (is_utf8(octets)) return std::string(octets);
  std::string out;
  out.reserve(octets.size());
  while (!octets.empty()) append_code_point(out, take_code_point(octets));
  return out;
}

std::string single_octets(View octets, bool windows) {
  std::string out;
  out.reserve(octets.size() * 2);
  for (char c : octets) {
    char32_t point = static_cast<unsigned char>(c);
    if (windows && point >= 0x80 && point < 0xA0) {
      const char32_t mapped = kWindows1252[point - 0x80];
      point = mapped == 0 ? 0xFFFD : mapped;
    }
    append_code_point(out, point);
  }
  return out;
}

/// The machine's converter for all other charsets.
class Converter {
 public:
  explicit Converter(View charset) {
    const auto fits = [](char c) { return is_letter_or_digit(c) || View("-_.:+()").contains(c); };
    if (charset.empty() || charset.size() > 40) return;
    if (!std::ranges::all_of(charset, fits)) return;  // no "//TRANSLIT" and the like
    handle_ = iconv_open("UTF-8", std::string(charset).c_str());
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  [[nodiscard]] bool is_open() const { return handle_ != none(); }

  std::string convert(View octets) {
    std::string in(octets);
    std::string out;
    std::array<char, 1024> room{};
    char* from = in.data();
    std::size_t left = in.size();
    bool more = true;
    while (more) {
      char* to = room.data();
      std::size_t free = room.size();
      const bool flushing = left == 0;
      const std::size_t before = left;
      const std::size_t result =
          flushing ? iconv(handle_, nullptr, nullptr, &to, &free) : iconv(handle_, &from, &left, &to, &free);
      out.append(room.data(), room.size() - free);
      more = !flushing;
      if (!flushing && result == static_cast<std::size_t>(-1) && left == before && free == room.size()) {
        append_code_point(out, 0xFFFD);  // an octet that means nothing here
        ++from;
        --left;
      }
    }
    return repaired(out);
  }

 private:
  static iconv_t none() { return reinterpret_cast<iconv_t>(-1); }  // NOLINT: how iconv_open fails
  iconv_t handle_ = none();
};
}  // namespace

std::string to_utf8(View charset, View octets) {
  switch (kind_of(charset)) {
    case Known::utf8: return repaired(octets);
    case Known::latin1: return single_octets(octets, false);
    case Known::windows1252: return single_octets(octets, true);
    case Known::other: break;
  }
  Converter converter(charset);
  return converter.is_open() ? converter.convert(octets) : repaired(octets);
}

bool knows_charset(View charset) { return kind_of(charset) != Known::other || Converter(charset).is_open(); }

}  // namespace posthorn::codec
