// Content transfer encodings done as octets come (RFC 2045 sections 6.7 and 6.8): lines of at most 76 octets with CRLF.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

/// Writes one body in base64. Any chunking gives the same octets.
class Base64Encoder {
 public:
  void encode(View chunk, std::string& out);
  /// The body is over: what was held back and the last line end; ready for the next body.
  void finish(std::string& out);

 private:
  void lines(View octets, std::string& out);
  void line(View octets, std::string& out);

  static constexpr std::size_t kLine = 57;  // octets that fill a line
  std::array<char, kLine> held_{};
  std::uint8_t count_ = 0;
  bool begun_ = false;  // there is a line that has no line end yet
};

/// Writes one body in quoted-printable. CRLF is a line end; CR or LF alone is an octet like others. What mail programs
/// damage is encoded too: white space before a line end, and the space of "From " where a line begins with it. Any
/// chunking gives the same octets.
class QuotedPrintableEncoder {
 public:
  void encode(View chunk, std::string& out);
  /// The body is over: what was held back; ready for the next body. A last line without a line end gets none.
  void finish(std::string& out);

 private:
  std::size_t run(View rest, std::string& out);
  void put(char c, std::string& out);
  void flush(bool last, std::string& out);
  void end_line(std::string& out);
  void write(View token, std::size_t limit, std::string& out);

  std::size_t column_ = 0;  // octets of the present line
  std::uint8_t from_ = 0;   // octets of "From" that the line consists of; more than 4: of something else
  char held_ = 0;           // the last octet: how it is written depends on what follows
  bool holds_ = false;
  bool cr_ = false;  // a CR that may belong to a line end
};

/// A whole body at once. Uuencode is only read: it comes back as it went in, as identity does.
[[nodiscard]] std::string encode(Transfer transfer, View body);

}  // namespace posthorn::codec
