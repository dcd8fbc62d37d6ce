#include "posthorn/bytes/codec/base64.h"

#include <cstdint>

#include "bytes/codec/base64_alphabet.h"

namespace posthorn::codec {

std::string base64_encode(View octets) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char c : octets) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    if (++count < 3) continue;
    for (int shift = 18; shift >= 0; shift -= 6) out.push_back(kBase64Alphabet[(bits >> shift) & 63U]);
    bits = 0;
    count = 0;
  }
  if (count == 1) {
    out.push_back(kBase64Alphabet[(bits >> 2U) & 63U]);
    out.push_back(kBase64Alphabet[(bits << 4U) & 63U]);
    out += "==";
  } else if (count == 2) {
    out.push_back(kBase64Alphabet[(bits >> 10U) & 63U]);
    out.push_back(kBase64Alphabet[(bits >> 4U) & 63U]);
    out.push_back(kBase64Alphabet[(bits << 2U) & 63U]);
    out += "=";
  }
  return out;
}

std::optional<std::string> base64_decode(View text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  text.remove_suffix(padding);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned count = 0;  // bits that are pending
  for (char c : text) {
    const int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>((bits >> count) & 0xFFU));
  }
  if ((bits & ((1U << count) - 1U)) != 0) return std::nullopt;
  return out;
}

}  // namespace posthorn::codec
