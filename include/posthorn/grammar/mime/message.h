// A message in memory as offsets: indexed once, never copied, never refused (RFC 2045, 2046, 5322).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

/// Offsets into octets that the caller keeps alive. Total: any octets give a tree; deviations are defects.
class Message {
 public:
  /// @lifetime borrows `octets`
  static Message index(View octets, const Limits& limits = {});

  [[nodiscard]] View octets() const { return octets_; }
  /// The message itself is parts()[0]; each part comes before its children; the place of a part is its id.
  [[nodiscard]] std::span<const Part> parts() const { return parts_; }
  [[nodiscard]] const Part& part(PartId id) const { return parts_[id.value()]; }
  /// The fields of a part as they stand, with the empty line that ends them; for FieldReader and find_field().
  [[nodiscard]] View header(PartId id) const;
  /// Not decoded; of a multipart everything from the preamble to the epilogue.
  [[nodiscard]] View body(PartId id) const;
  /// Body parts of a multipart in order; the one message inside message/rfc822.
  [[nodiscard]] std::span<const PartId> children(PartId id) const;
  [[nodiscard]] std::span<const FoundDefect> defects() const { return defects_; }

 private:
  View octets_;
  std::vector<Part> parts_;
  std::vector<PartId> children_;            // of all parts, grouped by parent
  std::vector<std::uint32_t> first_child_;  // by part: where its children begin; one more than there are parts
  std::vector<FoundDefect> defects_;
};

/// The tree of a message that comes in chunks and is not kept, with the header fields of each part: what IMAP's
/// BODYSTRUCTURE, ENVELOPE and section numbers need.
class Outline {
 public:
  /// @param header_octets  room for the fields of all parts together; fields that do not fit are left out
  explicit Outline(const Limits& limits = {}, std::size_t header_octets = std::size_t{4} << 20U);
  ~Outline();
  Outline(const Outline&) = delete;
  Outline& operator=(const Outline&) = delete;

  void feed(View chunk);
  /// The message is over; only now the rest may be asked.
  void finish();

  [[nodiscard]] std::span<const Part> parts() const;  ///< the message itself comes first, each part before its children
  [[nodiscard]] const Part& part(PartId id) const;
  /// The fields of a part, each with CRLF, without the empty line.
  [[nodiscard]] View header(PartId id) const;
  /// Body parts of a multipart in order; the one message inside message/rfc822.
  [[nodiscard]] std::span<const PartId> children(PartId id) const;

  [[nodiscard]] std::vector<Part> take_parts();
  [[nodiscard]] std::vector<FoundDefect> take_defects();

 private:
  struct Collector;
  std::unique_ptr<Collector> collector_;
  Parser parser_;
  std::vector<std::vector<PartId>> children_;
};

}  // namespace posthorn::mime
