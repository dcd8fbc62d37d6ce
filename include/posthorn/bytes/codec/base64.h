// Base64: whole values as RFC 4648 sections 4 and 5 write them, and bodies as RFC 2045 section 6.8 does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "posthorn/bytes/codec/fault.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// With padding, without line breaks.
[[nodiscard]] std::string base64_encode(View octets);

/// Strict: full padding, zero trailing bits, no white space; nullopt for anything else.
[[nodiscard]] std::optional<std::string> base64_decode(View text);

/// Strict base64url without padding (RFC 4648 section 5, RFC 7515 section 2): zero trailing bits, no white space;
/// nullopt for anything else.
[[nodiscard]] std::optional<std::string> base64url_decode(View text);

/// Decodes one body; `Decoder` is the same for all encodings. What is no letter is skipped; after padding, more may
/// come.
class Base64Decoder {
 public:
  /// The most that so many encoded octets give now.
  [[nodiscard]] std::size_t room_for(std::size_t octets) const { return octets / 4 * 3 + 3; }
  /// @param room  of at least room_for(chunk.size()) octets
  /// @returns how many octets of `room` were written
  std::size_t decode(View chunk, std::span<char> room);
  /// The body is over; bits that are no whole octet are dropped.
  void finish();
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  void letter(unsigned value, std::uint64_t at, char*& out);
  void other(char c, std::uint64_t at);
  void check_line(std::uint64_t end);

  std::uint64_t at_ = 0;      // octets of the body so far
  std::uint64_t line_ = 0;    // where the line starts
  std::uint32_t bits_ = 0;    // that are pending...
  std::uint8_t count_ = 0;    // ...and how many: 0, 6, 4 or 2
  std::uint8_t padding_ = 0;  // "=" that must follow
  bool padded_ = false;       // there was "=" since the last letter
  Faults faults_;
};

}  // namespace posthorn::codec
