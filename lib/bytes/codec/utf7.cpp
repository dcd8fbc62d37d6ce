#include "posthorn/bytes/codec/utf7.h"

#include <cstdint>

#include "posthorn/bytes/codec/utf8.h"

#include "bytes/codec/base64_alphabet.h"

namespace posthorn::codec {

namespace {
bool is_direct(char32_t c) { return c >= 0x20 && c <= 0x7E; }

/// Six bits to a letter, with "," in the place of "/" and no padding.
class Shift {
 public:
  explicit Shift(std::string& out) : out_(out) {}
  void unit(std::uint32_t utf16) {
    bits_ = (bits_ << 16U) | utf16;
    count_ += 16;
    while (count_ >= 6) {
      count_ -= 6;
      letter((bits_ >> count_) & 63U);
    }
    bits_ &= (1U << count_) - 1U;
  }
  void finish() {
    if (count_ > 0) letter((bits_ << (6 - count_)) & 63U);
    count_ = 0;
    bits_ = 0;
  }

 private:
  void letter(std::uint32_t value) { out_.push_back(value == 63 ? ',' : kBase64Alphabet[value]); }
  std::string& out_;
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
};

/// UTF-16 units of one shifted run to UTF-8; false for an alphabet, surrogate or padding fault.
bool decode_run(View run, std::string& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  char32_t high = 0;
  for (char c : run) {
    const int value = c == ',' ? 63 : c == '/' ? -1 : kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = ((bits << 6U) | static_cast<std::uint32_t>(value)) & 0x3FFFFFU;
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const char32_t unit = (bits >> count) & 0xFFFFU;
    const bool is_high = unit >= 0xD800 && unit <= 0xDBFF;
    const bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (is_low != (high != 0)) return false;
    if (is_low) {
      append_code_point(out, 0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00));
      high = 0;
    } else if (is_high) {
      high = unit;
    } else {
      append_code_point(out, unit);
    }
  }
  return high == 0;
}
}  // namespace

std::string utf7_encode(View name) {
  std::string out;
  out.reserve(name.size());
  Shift shift(out);
  bool shifted = false;
  while (!name.empty()) {
    const char32_t c = take_code_point(name);
    if (is_direct(c)) {
      if (shifted) {
        shift.finish();
        out.push_back('-');
        shifted = false;
      }
      out.push_back(static_cast<char>(c));
      if (c == '&') out.push_back('-');
      continue;
    }
    if (!shifted) out.push_back('&');
    shifted = true;
    if (c >= 0x10000) {
      shift.unit(0xD800 + ((static_cast<std::uint32_t>(c) - 0x10000) >> 10U));
      shift.unit(0xDC00 + ((static_cast<std::uint32_t>(c) - 0x10000) & 0x3FFU));
    } else {
      shift.unit(static_cast<std::uint32_t>(c));
    }
  }
  if (shifted) {
    shift.finish();
    out.push_back('-');
  }
  return out;
}

std::optional<std::string> utf7_decode(View text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_direct(static_cast<unsigned char>(text[i]))) return std::nullopt;
    if (text[i] != '&') {
      out.push_back(text[i]);
      continue;
    }
    const std::size_t end = text.find('-', i);
    if (end == View::npos) return std::nullopt;
    const View run = text.substr(i + 1, end - i - 1);
    if (run.empty()) {
      out.push_back('&');
    } else if (!decode_run(run, out)) {
      return std::nullopt;
    }
    i = end;
  }
  // Shifted ASCII, "&-&-" for one run and stray bits all have a canonical spelling: demand it.
  if (utf7_encode(out) != text) return std::nullopt;
  return out;
}

}  // namespace posthorn::codec
