// Content transfer encodings undone as octets come (RFC 2045 sections 6.7 and 6.8); any octets decode to something.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::codec {

enum class Transfer : std::uint8_t { identity, base64, quoted_printable };

/// Decodes one body. Lenient as section 6.8 demands: what is no letter of the alphabet is skipped, a "=" that starts
/// nothing stays. Any chunking gives the same octets; a few octets of state, whatever the body's size.
class Decoder {
 public:
  explicit Decoder(Transfer transfer) : transfer_(transfer) {}

  /// Appends what `chunk` decodes to.
  void decode(View chunk, std::string& out);
  /// The body is over: appends what was held back; ready for the next body.
  void finish(std::string& out);

 private:
  enum class State : std::uint8_t { text, equals, hex, equals_space, equals_cr };

  void base64(View chunk, std::string& out);
  void quoted_printable(View chunk, std::string& out);
  bool escape(char c, std::string& out);
  void text(char c, std::string& out);

  Transfer transfer_;
  State state_ = State::text;
  unsigned count_ = 0;      // base64: bits that are pending
  std::uint32_t bits_ = 0;  // base64
  char first_ = 0;          // quoted-printable: the first hexadecimal digit
  std::string held_;        // quoted-printable: white space that goes if the line ends
};

/// A whole value at once.
[[nodiscard]] std::string decode(Transfer transfer, View body);

}  // namespace posthorn::codec
