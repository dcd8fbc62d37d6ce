#include "posthorn/bytes/codec/hex.h"

namespace posthorn::codec {

std::string hex_encode(View octets) {
  constexpr View kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(octets.size() * 2);
  for (char c : octets) {
    const auto u = static_cast<unsigned char>(c);
    out.push_back(kDigits[u >> 4U]);
    out.push_back(kDigits[u & 15U]);
  }
  return out;
}

std::optional<std::string> hex_decode(View text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

}  // namespace posthorn::codec
