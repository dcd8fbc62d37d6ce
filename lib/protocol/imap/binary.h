// BINARY: a part with its transfer encoding undone, in pieces (RFC 3516, RFC 9051 section 6.4.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/result.h"
#include "posthorn/grammar/mime/parser.h"

#include "protocol/imap/message_source.h"

namespace posthorn::imap {

/// How a part with this encoding is decoded; nullopt: nobody knows it (RFC 3516 section 4.3, UNKNOWN-CTE).
[[nodiscard]] std::optional<codec::Transfer> binary_transfer(mime::Encoding encoding);

/// Decodes octets of a message that is read piece by piece: never more than one piece of it in memory.
class BinaryReader {
 public:
  /// @param encoded  of the message; @lifetime `source` outlives this object
  BinaryReader(MessageSource& source, Extent encoded, codec::Transfer transfer)

      : source_(&source), left_(encoded), decoder_(transfer) {}

  /// Some decoded octets; none at the end and only there. @lifetime until the next call
  /// @errors those of MessageSource::at()
  [[nodiscard]] Result<View> next();

 private:
  MessageSource* source_;
  Extent left_;
  codec::Decoder decoder_;
  std::string piece_;
  bool over_ = false;
};

/// What must be known of decoded octets before the first of them is sent.
struct BinaryFacts {
  std::uint64_t octets = 0;
  bool has_nul = false;  ///< in [from, from + count)
};
/// Reads the part once. @errors those of MessageSource::at()
[[nodiscard]] Result<BinaryFacts> measure(BinaryReader reader, std::uint64_t from, std::uint64_t count);

/// Octets [begin, end) of what a reader decodes.
class BinaryRange {
 public:
  BinaryRange(BinaryReader reader, Extent range) : reader_(std::move(reader)), range_(range) {}
  /// Some octets of the range; none at its end. @errors corrupt (there are fewer than were measured)
  [[nodiscard]] Result<View> next();

 private:
  BinaryReader reader_;
  Extent range_;
  std::uint64_t at_ = 0;
};

}  // namespace posthorn::imap
