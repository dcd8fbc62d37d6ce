// A message in memory as offsets: indexed once, never copied, never refused (RFC 2045, 2046, 5322).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

/// Who lies in whom, in the order of the message.
class Children {
 public:
  Children() = default;
  /// @param parts  each before its children; the place of a part is its id
  explicit Children(std::span<const Part> parts);
  [[nodiscard]] std::span<const PartId> of(PartId id) const;

 private:
  std::vector<PartId> list_;          // grouped by parent
  std::vector<std::uint32_t> first_;  // by part: where its children begin; one more than there are parts
};

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
  /// Header and body of a part up to the line end that belongs to the delimiter behind it (RFC 2046 section 5.1.1):
  /// what a signature is over.
  [[nodiscard]] View whole(PartId id) const;
  /// Body parts of a multipart in order; the one message inside message/rfc822.
  [[nodiscard]] std::span<const PartId> children(PartId id) const { return children_.of(id); }
  [[nodiscard]] std::span<const FoundDefect> defects() const { return defects_; }

 private:
  View octets_;
  std::vector<Part> parts_;
  Children children_;
  std::vector<FoundDefect> defects_;
};

/// The tree of a message without its bodies, and those of its header fields that describe it: all that IMAP's ENVELOPE,
/// BODY, BODYSTRUCTURE and section numbers need. Small enough to be kept beside the message.
class Outline {
 public:
  [[nodiscard]] std::span<const Part> parts() const { return parts_; }  ///< as in Message; boundaries are left out
  [[nodiscard]] const Part& part(PartId id) const { return parts_[id.value()]; }
  /// The fields that were kept of a part, each with CRLF, without the empty line.
  [[nodiscard]] View header(PartId id) const;
  [[nodiscard]] std::span<const PartId> children(PartId id) const { return children_.of(id); }

  /// Octets to keep; docs/formats/outline.md.
  [[nodiscard]] std::string pack() const;
  /// What pack() gave; nullopt for anything else. Total: any octets are read safely.
  [[nodiscard]] static std::optional<Outline> unpack(View packed);

 private:
  friend class Outliner;

  std::vector<Part> parts_;
  std::string fields_;                     // of all parts
  std::vector<std::uint32_t> header_end_;  // by part: in fields_
  Children children_;
};

/// Makes the Outline of a message that comes in chunks, in one pass.
class Outliner {
 public:
  /// Room for the fields of all parts together; fields that do not fit are left out.
  static constexpr std::size_t kFieldOctets = std::size_t{4} << 20U;

  explicit Outliner(const Limits& limits = {}, std::size_t field_octets = kFieldOctets);
  ~Outliner();
  Outliner(const Outliner&) = delete;
  Outliner& operator=(const Outliner&) = delete;

  void feed(View chunk) { parser_.feed(chunk); }
  /// The message is over.
  [[nodiscard]] Outline finish();

  /// Whether an Outline keeps fields of this name: those of ENVELOPE (RFC 9051 section 7.5.2) and Content-*.
  [[nodiscard]] static bool keeps(View field_name);

 private:
  struct Collector;
  std::unique_ptr<Collector> collector_;
  Parser parser_;
};

}  // namespace posthorn::mime
