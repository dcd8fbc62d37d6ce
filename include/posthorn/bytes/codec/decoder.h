// Content transfer encodings undone as octets come (RFC 2045 sections 6.7 and 6.8); any octets decode to something.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/fault.h"
#include "posthorn/bytes/codec/quoted_printable.h"
#include "posthorn/bytes/codec/uuencode.h"
#include "posthorn/bytes/view.h"

namespace posthorn::codec {

enum class Transfer : std::uint8_t { identity, base64, quoted_printable, uuencode };

/// Decodes one body. Lenient as section 6.8 demands: what is no letter of the alphabet is skipped, a "=" that starts
/// nothing stays. Any chunking gives the same octets and the same faults; a bounded state, whatever the body's size.
class Decoder {
 public:
  /// Octets that finish() writes at most.
  static constexpr std::size_t kFinish = QuotedPrintableDecoder::kFinish;

  explicit Decoder(Transfer transfer) : transfer_(transfer) { start(); }

  /// Appends what `chunk` decodes to.
  void decode(View chunk, std::string& out);
  /// The body is over: appends what was held back; ready for the next body.
  void finish(std::string& out);

  /// The most that so many encoded octets decode to now.
  [[nodiscard]] std::size_t room_for(std::size_t octets) const;
  /// The same as above into memory of the caller's.
  /// @param room  of at least room_for(chunk.size()) octets
  /// @returns how many octets of `room` were written
  std::size_t decode(View chunk, std::span<char> room);
  /// @param room  of at least kFinish octets
  /// @returns how many octets of `room` were written
  std::size_t finish(std::span<char> room);

  /// What was wrong with the body so far; after finish(), with the whole body, until the next one begins. What depends
  /// on octets that are still to come is not in it.
  [[nodiscard]] const Faults& faults() const;

 private:
  void start();

  Transfer transfer_;
  bool over_ = false;
  std::variant<std::monostate, Base64Decoder, QuotedPrintableDecoder, UuDecoder> decoder_;
};

/// A whole value at once.
[[nodiscard]] std::string decode(Transfer transfer, View body);

}  // namespace posthorn::codec
