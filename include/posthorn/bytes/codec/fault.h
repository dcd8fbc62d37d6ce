// What a decoder met that its encoding does not allow. Nothing here keeps the rest from being decoded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace posthorn::codec {

enum class Fault : std::uint8_t {
  foreign_octet,       ///< no letter of the alphabet, and no line end or white space where those may stand
  data_after_padding,  ///< base64: letters after "="; at the first of them
  cut_group,           ///< base64, uuencode: a group of letters that is not whole; at its end
  bad_hex,             ///< quoted-printable: "=" and one hexadecimal digit only; at the "="
  bare_equals,         ///< quoted-printable: "=" that starts neither an octet nor a soft line break
  trailing_space,      ///< quoted-printable: white space before a line end, which is dropped; at its first octet
  long_line,           ///< base64, quoted-printable: more than 76 octets before the line end; at the 77th
  no_begin,            ///< uuencode: no "begin" line; at the end of the body
  no_end,              ///< uuencode: no "end" line; at the end of the body
};
inline constexpr std::size_t kFaults = 9;

/// Octets that a line of base64 or quoted-printable may have before its line end (RFC 2045 sections 6.7 and 6.8).
inline constexpr std::size_t kMaxEncodedLine = 76;

/// The faults of one body: which kinds there were, and where each was met first.
class Faults {
 public:
  /// @param at  octets of the encoded body before it
  constexpr void note(Fault fault, std::uint64_t at) {
    if (has(fault)) return;
    met_ |= bit(fault);
    first_[static_cast<std::size_t>(fault)] = at;
  }
  [[nodiscard]] constexpr bool empty() const { return met_ == 0; }
  [[nodiscard]] constexpr bool has(Fault fault) const { return (met_ & bit(fault)) != 0; }
  /// Octets of the encoded body before the first fault of this kind; nullopt when there was none.
  [[nodiscard]] constexpr std::optional<std::uint64_t> first(Fault fault) const {
    if (!has(fault)) return std::nullopt;
    return first_[static_cast<std::size_t>(fault)];
  }
  friend constexpr bool operator==(const Faults&, const Faults&) = default;

 private:
  static constexpr unsigned bit(Fault fault) { return 1U << static_cast<unsigned>(fault); }
  unsigned met_ = 0;
  std::array<std::uint64_t, kFaults> first_{};
};

}  // namespace posthorn::codec
