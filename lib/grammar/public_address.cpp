#include "posthorn/grammar/public_address.h"

#include <algorithm>
#include <array>

namespace posthorn {

namespace {

/// The first octets of a network of IPv4.
struct Block {
  std::array<std::uint8_t, 4> first;
  unsigned bits;
};
constexpr Block kNotPublic[] = {
    {{0, 0, 0, 0}, 8},       // this network
    {{10, 0, 0, 0}, 8},      // private
    {{100, 64, 0, 0}, 10},   // of carriers, behind their NAT
    {{127, 0, 0, 0}, 8},     // this host
    {{169, 254, 0, 0}, 16},  // of a link
    {{172, 16, 0, 0}, 12},   // private
    {{192, 0, 0, 0}, 24},    // of protocols
    {{192, 168, 0, 0}, 16},  // private
    {{198, 18, 0, 0}, 15},   // of measurements
    {{224, 0, 0, 0}, 3},     // groups, reserved, broadcast
};

bool is_public_v4(const IpAddress& address) {
  return std::ranges::none_of(
      kNotPublic, [&](const Block& block) { return IpNetwork{IpAddress(block.first), block.bits}.contains(address); });
}

IpAddress v4_at(std::span<const std::uint8_t> octets, std::size_t at) {
  return IpAddress(std::array{octets[at], octets[at + 1], octets[at + 2], octets[at + 3]});
}

}  // namespace

bool is_public(const IpAddress& address) {
  const auto octets = address.octets();
  if (address.is_v4()) return is_public_v4(address);
  // Two forms hold an address of IPv4 that packets go on to: NAT64 (RFC 6052) and 6to4 (RFC 3056).
  constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xFF, 0x9B};
  if (std::ranges::equal(octets.first(kNat64.size()), kNat64)) return is_public_v4(v4_at(octets, kNat64.size()));
  if (octets[0] == 0x20 && octets[1] == 0x02) return is_public_v4(v4_at(octets, 2));
  constexpr unsigned kGlobal = 0x20;  // 2000::/3 is all that is given to networks of the Internet (RFC 4291)
  return (octets[0] & 0xE0U) == kGlobal;
}

}  // namespace posthorn
