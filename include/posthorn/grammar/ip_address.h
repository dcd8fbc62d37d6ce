// An IPv4 or IPv6 address: text form (RFC 4291 section 2.2, RFC 5952), networks, names for reverse lookups.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn {

/// An address of a host. An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4 address: one host, one value.
class IpAddress {
 public:
  /// 0.0.0.0
  IpAddress() = default;
  /// @param octets  in network order
  explicit IpAddress(const std::array<std::uint8_t, 4>& octets)
      : halves_{std::bit_cast<std::array<std::uint64_t, 2>>(
            std::array{std::bit_cast<std::uint32_t>(octets), 0U, 0U, 0U})} {}
  explicit IpAddress(const std::array<std::uint8_t, 16>& octets);

  /// Dotted decimal, or IPv6 without brackets and zone; nullopt for all else.
  [[nodiscard]] static std::optional<IpAddress> parse(View text);
  /// Four or sixteen octets in network order, as DNS and PROXY have them; nullopt for another count.
  [[nodiscard]] static std::optional<IpAddress> from_octets(View octets);

  [[nodiscard]] bool is_v4() const { return v4_; }
  /// 4 or 16 octets in network order. @lifetime that of the object
  [[nodiscard]] std::span<const std::uint8_t> octets() const { return all_octets().first(v4_ ? 4 : 16); }
  /// The form of RFC 5952: lower case, the longest run of zeros shortened.
  [[nodiscard]] std::string text() const;
  /// The address literal of SMTP: "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3).
  [[nodiscard]] std::string literal() const;
  /// Reversed for a lookup below `zone`: "1.2.0.192.ZONE", or one label for each nibble (RFC 3596 section 2.5, RFC 5782
  /// section 2). `zone` "in-addr.arpa" and "ip6.arpa" give the names of PTR records.
  [[nodiscard]] std::string reversed(View zone) const;
  /// The name whose PTR record names the host.
  [[nodiscard]] std::string reverse_name() const { return reversed(v4_ ? "in-addr.arpa" : "ip6.arpa"); }
  /// With all bits after the first `bits` cleared.
  [[nodiscard]] IpAddress masked(unsigned bits) const {
    IpAddress masked = *this;
    masked.halves_[0] &= mask_of(bits);
    masked.halves_[1] &= mask_of(bits > 64 ? bits - 64 : 0);
    return masked;
  }
  /// 127.0.0.0/8 or ::1.
  [[nodiscard]] bool is_loopback() const;

  bool operator==(const IpAddress&) const = default;
  /// IPv6 before IPv4, then as the octets are.
  std::strong_ordering operator<=>(const IpAddress& other) const;

 private:
  /// What leaves the first `bits` of eight octets in network order.
  static std::uint64_t mask_of(unsigned bits) {
    const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> bits);
    return std::endian::native == std::endian::little ? std::byteswap(mask) : mask;
  }

  [[nodiscard]] std::span<const std::uint8_t, 16> all_octets() const {
    return std::span<const std::uint8_t, 16>(reinterpret_cast<const std::uint8_t*>(halves_.data()), 16);
  }

  bool v4_ = true;
  std::array<std::uint64_t, 2> halves_{};  // sixteen octets in network order, those of IPv4 first: it compares fast
};

/// Addresses that begin with the same bits: "192.0.2.0/24", "2001:db8::/32", or a single address.
struct IpNetwork {
  IpAddress address;  ///< bits after `bits` are cleared
  unsigned bits = 32;

  [[nodiscard]] static std::optional<IpNetwork> parse(View text);
  [[nodiscard]] bool contains(const IpAddress& other) const { return other.masked(bits) == address; }
  [[nodiscard]] std::string text() const;
  bool operator==(const IpNetwork&) const = default;
};

}  // namespace posthorn
