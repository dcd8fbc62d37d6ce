#include "posthorn/grammar/ip_address.h"

#include <algorithm>
#include <charconv>

#include "grammar/mail/ip_text.h"

namespace posthorn {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

template <class Number>
bool number(View text, Number& out, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

void write_number(std::string& out, unsigned value, int base) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

unsigned group_of(std::span<const std::uint8_t> octets, std::size_t at) {
  return static_cast<unsigned>(octets[2 * at] << 8U) | octets[2 * at + 1];
}

struct Run {
  std::size_t first = 0, length = 0;
};

/// The first of the longest runs of zero groups; a single group is not shortened (RFC 5952 section 4.2.2).
Run longest_zeros(std::span<const std::uint8_t> octets) {
  Run best, run;
  for (std::size_t i = 0; i < 8; ++i) {
    run = group_of(octets, i) == 0 ? Run{run.length == 0 ? i : run.first, run.length + 1} : Run{};
    if (run.length > best.length) best = run;
  }
  return best.length > 1 ? best : Run{};
}

}  // namespace

IpAddress::IpAddress(const std::array<std::uint8_t, 16>& octets) {
  if (std::equal(kMapped.begin(), kMapped.end(), octets.begin())) {
    *this = IpAddress(std::array{octets[12], octets[13], octets[14], octets[15]});
  } else {
    v4_ = false;
    halves_ = std::bit_cast<std::array<std::uint64_t, 2>>(octets);
  }
}

std::strong_ordering IpAddress::operator<=>(const IpAddress& other) const {
  if (v4_ != other.v4_) return v4_ <=> other.v4_;
  return std::lexicographical_compare_three_way(octets().begin(), octets().end(), other.octets().begin(),
                                                other.octets().end());
}

std::optional<IpAddress> IpAddress::parse(View text) {
  if (const auto v4 = mail::ipv4_octets(text)) return IpAddress(*v4);
  if (const auto v6 = mail::ipv6_octets(text)) return IpAddress(*v6);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_octets(View octets) {
  const auto take = [&](auto array) {
    std::transform(octets.begin(), octets.end(), array.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return IpAddress(array);
  };
  if (octets.size() == 4) return take(std::array<std::uint8_t, 4>{});
  if (octets.size() == 16) return take(std::array<std::uint8_t, 16>{});
  return std::nullopt;
}

std::string IpAddress::text() const {
  std::string out;
  if (v4_) {
    for (const std::uint8_t octet : octets()) {
      if (!out.empty()) out.push_back('.');
      write_number(out, octet, 10);
    }
    return out;
  }
  const Run zeros = longest_zeros(octets());
  for (std::size_t i = 0; i < 8; ++i) {
    if (zeros.length > 0 && i == zeros.first) {
      out += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out.push_back(':');
    write_number(out, group_of(octets(), i), 16);
  }
  return out;
}

std::string IpAddress::literal() const { return (v4_ ? "[" : "[IPv6:") + text() + "]"; }

std::string IpAddress::reversed(View zone) const {
  std::string out;
  const auto all = octets();
  for (auto octet = all.rbegin(); octet != all.rend(); ++octet) {
    if (v4_) {
      write_number(out, *octet, 10);
    } else {
      write_number(out, *octet & 0xFU, 16);
      out.push_back('.');
      write_number(out, *octet >> 4U, 16);
    }
    out.push_back('.');
  }
  return out.append(zone);
}

bool IpAddress::is_loopback() const {
  static constexpr std::array<std::uint8_t, 16> kOne = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return v4_ ? octets().front() == 127 : std::ranges::equal(octets(), kOne);
}

std::optional<IpNetwork> IpNetwork::parse(View text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned all = address->is_v4() ? 32 : 128;
  unsigned bits = all;
  if (slash != View::npos && (!number(text.substr(slash + 1), bits, 10) || bits > all)) return std::nullopt;
  return IpNetwork{address->masked(bits), bits};
}

std::string IpNetwork::text() const { return address.text() + "/" + std::to_string(bits); }

}  // namespace posthorn
