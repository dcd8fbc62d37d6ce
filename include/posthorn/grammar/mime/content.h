// What a part holds: transfer encoding and charset undone, whole or piece by piece (RFC 2045, RFC 2046 section 4.1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// Encoded octets that the readers below decode at a time, unless told otherwise.
inline constexpr std::size_t kReadOctets = 65'536;
/// Octets of an HTML body in which a charset is looked for where the header names none (WHATWG HTML, section 13.2.3.2).
inline constexpr std::size_t kMetaOctets = 1024;

/// How a body with this encoding is decoded; unknown encodings are left as they stand (RFC 2045 section 6.4).
[[nodiscard]] codec::Transfer transfer_of(Encoding encoding);
/// The same of a part, where "uuencode" and "x-uuencode" are known too, which no RFC is about.
[[nodiscard]] codec::Transfer transfer_of(const Message& message, PartId part);

/// The octets of a part with the transfer encoding undone. A multipart is never encoded: it comes as it stands.
[[nodiscard]] std::string decode_body(const Message& message, PartId part);
/// The same without a copy where nothing is encoded.
/// @param room  takes the octets where they have to be decoded; what was in it goes
/// @returns a view of the message or of `room`
[[nodiscard]] View decode_body(const Message& message, PartId part, std::string& room);
/// The size of decode_body(), found without keeping it.
[[nodiscard]] std::uint64_t decoded_size(const Message& message, PartId part);

/// What the octets of a part are read in: the charset parameter of its Content-Type; else, for text/html, a byte order
/// mark or the <meta> of its first kMetaOctets octets; else "us-ascii" (RFC 2045 section 5.2). As spelled.
[[nodiscard]] std::string charset_of(const Message& message, PartId part);

/// A part as text: well-formed UTF-8, U+FFFD for what cannot be read, line ends as they stand. Parts that are no text
/// are read as if they were.
[[nodiscard]] std::string decode_text(const Message& message, PartId part);
/// The same without a copy where the octets already are what is wanted.
/// @param room  as for decode_body()
[[nodiscard]] View decode_text(const Message& message, PartId part, std::string& room);

/// What was wrong with a part that was read as text; the text is all that could be read all the same.
struct TextFaults {
  codec::Faults transfer;        ///< places are octets of the body as it stands in the message
  codec::CharsetFaults charset;  ///< places are octets of the body with the transfer encoding undone

  [[nodiscard]] bool empty() const { return transfer.empty() && charset.empty(); }
  friend bool operator==(const TextFaults&, const TextFaults&) = default;
};
/// @param faults  takes what was wrong; what was in it goes
[[nodiscard]] std::string decode_text(const Message& message, PartId part, TextFaults& faults);
[[nodiscard]] View decode_text(const Message& message, PartId part, std::string& room, TextFaults& faults);

/// The first `octets` decoded octets of a part as text, or a few more; a character that is cut at the end is left out.
[[nodiscard]] std::string decode_head(const Message& message, PartId part, std::size_t octets);

/// decode_body() in pieces, for bodies that must not be in memory twice.
class BodyReader {
 public:
  /// @param octets  encoded octets for one piece; a piece has at most so many decoded ones and a few held back before
  /// @lifetime borrows what `message` borrows, not `message`
  BodyReader(const Message& message, PartId part, std::size_t octets = kReadOctets);
  /// The next piece; empty at the end and only there.
  [[nodiscard]] View next();
  /// What was wrong with the pieces so far; at the end, with the whole body.
  [[nodiscard]] const codec::Faults& faults() const { return decoder_.faults(); }

 private:
  View rest_;
  std::size_t octets_;
  codec::Transfer transfer_;
  codec::Decoder decoder_;
  std::string piece_;
  bool finished_ = false;
};

/// decode_text() in pieces; a bounded state, whatever the charset.
class TextReader {
 public:
  /// @param octets, @lifetime  as for BodyReader
  TextReader(const Message& message, PartId part, std::size_t octets = kReadOctets);
  /// The next piece of well-formed UTF-8; empty at the end and only there.
  [[nodiscard]] View next();
  /// What was wrong with the pieces so far; at the end, with the whole text.
  [[nodiscard]] TextFaults faults() const { return {reader_.faults(), decoder_.faults()}; }

 private:
  BodyReader reader_;
  codec::CharsetDecoder decoder_;
  std::string piece_;
  bool finished_ = false;
};

}  // namespace posthorn::mime
