#include "bytes/crypto/der.h"

#include <bit>

namespace posthorn::crypto::der {

std::string value(char tag, View content) {
  std::string length;
  for (std::size_t rest = content.size(); rest != 0; rest >>= 8U) length.insert(0, 1, static_cast<char>(rest & 0xFFU));
  if (content.size() >= 0x80) length.insert(0, 1, static_cast<char>(0x80U | length.size()));
  if (content.empty()) length.assign(1, '\0');
  return tag + length + own(content);
}

std::string integer(View number) {
  const View digits = without_zeros(number);
  const bool negative = !digits.empty() && (static_cast<unsigned char>(digits.front()) & 0x80U) != 0;
  return value(kInteger, digits.empty() || negative ? std::string(1, '\0') + own(digits) : own(digits));
}

std::string public_key_info(View algorithm, View key) {
  return value(kSequence, own(algorithm) + value(kBitString, std::string(1, '\0') + own(key)));
}

bool take_whole(View& octets, char tag, View& whole) {
  constexpr std::size_t kMaxLengthOctets = 4;
  if (octets.size() < 2 || octets[0] != tag) return false;
  std::size_t length = static_cast<unsigned char>(octets[1]);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t more = length & 0x7FU;
    header += more;
    if (more == 0 || more > kMaxLengthOctets || octets.size() < header) return false;
    length = 0;
    for (const char c : octets.substr(2, more)) length = length << 8U | static_cast<unsigned char>(c);
  }
  if (octets.size() - header < length) return false;
  whole = octets.substr(0, header + length);
  octets.remove_prefix(whole.size());
  return true;
}

bool take(View& octets, char tag, View& content) {
  View whole;
  if (!take_whole(octets, tag, whole)) return false;
  const std::size_t first = static_cast<unsigned char>(whole[1]);
  content = whole.substr(first < 0x80 ? 2 : 2 + (first & 0x7FU));
  return true;
}

View without_zeros(View number) {
  while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
  return number;
}

std::size_t bits_of(View number) {
  return number.empty() ? 0 : 8 * (number.size() - 1) + std::bit_width(static_cast<unsigned char>(number.front()));
}

}  // namespace posthorn::crypto::der
