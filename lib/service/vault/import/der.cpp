#include "service/vault/import/der.h"

#include <cstddef>

namespace posthorn::vault::der {

namespace {

constexpr std::size_t kLongestOid = 32;  // octets; those of algorithms have about ten

unsigned char octet(View text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// The octets of the length's own form, and the length.
struct Length {
  std::size_t form = 0;
  std::size_t value = 0;
};

std::optional<Length> length_of(View from) {
  if (from.size() < 2) return std::nullopt;
  const std::size_t first = octet(from, 1);
  if (first < 0x80) return Length{1, first};
  if (first == 0x81 && from.size() > 2 && octet(from, 2) >= 0x80) return Length{2, octet(from, 2)};
  if (first == 0x82 && from.size() > 3 && octet(from, 2) != 0) {
    return Length{3, static_cast<std::size_t>(octet(from, 2)) << 8U | octet(from, 3)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<View> take(View& from, unsigned char tag) {
  const auto length = length_of(from);
  if (!length || octet(from, 0) != tag || from.size() - 1 - length->form < length->value) return std::nullopt;
  const View value = from.substr(1 + length->form, length->value);
  from.remove_prefix(1 + length->form + length->value);
  return value;
}

std::string put(unsigned char tag, View value) {
  std::string out(1, static_cast<char>(tag));
  if (value.size() >= 0x100) {
    out += '\x82';
    out += static_cast<char>(value.size() >> 8U);
  } else if (value.size() >= 0x80) {
    out += '\x81';
  }
  out += static_cast<char>(value.size() & 0xFFU);
  return out += value;
}

std::string oid_text(View value) {
  if (value.empty() || value.size() > kLongestOid || octet(value, value.size() - 1) >= 0x80) return "?";
  std::string out;
  std::uint64_t arc = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (arc > (std::uint64_t{1} << 56U)) return "?";
    arc = arc << 7U | (octet(value, i) & 0x7FU);
    if (octet(value, i) >= 0x80) continue;
    if (out.empty()) {  // the first two arcs share a number (X.690 section 8.19.4)
      const std::uint64_t top = arc < 80 ? arc / 40 : 2;
      out = std::to_string(top) + "." + std::to_string(arc - top * 40);
    } else {
      out += "." + std::to_string(arc);
    }
    arc = 0;
  }
  return out;
}

std::optional<std::uint32_t> number(View value) {
  if (value.empty() || octet(value, 0) >= 0x80) return std::nullopt;
  if (octet(value, 0) == 0) value.remove_prefix(1);
  if (value.size() > 4) return std::nullopt;
  std::uint32_t out = 0;
  for (const char c : value) out = out << 8U | static_cast<unsigned char>(c);
  return out;
}

}  // namespace posthorn::vault::der
