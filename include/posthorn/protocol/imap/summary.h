// What FETCH tells of a message without reading it: made when the message comes, kept beside it, about a kilobyte.
//
// It holds the answers to what clients ask of every message of a list (ENVELOPE, BODYSTRUCTURE, HEADER.FIELDS, PREVIEW)
// and the places of header, text and parts. It is always less than the message and can be made from it at any time; a
// sealed message wants a sealed summary. The octets are described in docs/formats/summary.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::imap {

/// The longest summary that is made, in octets.
inline constexpr std::size_t kMaxSummary = 16'384;
/// Octets of the beginning of a message that its summary is made from; all of it for the places of parts.
inline constexpr std::size_t kSummaryHead = 32'768;
/// The longest texts in a summary, in octets; what is longer is left out and must be read in the message.
inline constexpr std::size_t kMaxSummaryEnvelope = 4'096;
inline constexpr std::size_t kMaxSummaryStructure = 5'120;  ///< BODYSTRUCTURE and the places of the parts together
inline constexpr std::size_t kMaxSummaryField = 1'024;      ///< one field
inline constexpr std::size_t kMaxSummaryFields = 3'072;     ///< all of them
inline constexpr std::size_t kMaxSummaryNames = 256;        ///< names of fields that are left out; no more: no fields

/// Makes summaries, of one message after the other.
class SummaryBuilder {
 public:
  SummaryBuilder();
  ~SummaryBuilder();
  SummaryBuilder(SummaryBuilder&&) noexcept;
  SummaryBuilder& operator=(SummaryBuilder&&) noexcept;

  /// Takes what comes next of the message, header first; any chunking gives the same summary.
  void feed(View octets);
  /// The message is over. @returns its summary, at most kMaxSummary octets; empty when its header is longer than
  /// kSummaryHead. What is fed next is another message
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A summary that is read. @lifetime all views are of the octets that were parsed
class Summary {
 public:
  /// nullopt for anything that is not a whole summary of a version that is known here. Zeros may follow it.
  [[nodiscard]] static std::optional<Summary> parse(View octets);

  /// Octets of the header with the empty line that ends it, if there is one: where the text begins.
  [[nodiscard]] std::uint64_t header_octets() const { return header_octets_; }
  /// ENVELOPE as FETCH writes it to clients without UTF8=ACCEPT; empty: not in here.
  [[nodiscard]] View envelope() const { return envelope_; }
  /// Whether clients with UTF8=ACCEPT get it with the same octets.
  [[nodiscard]] bool envelope_is_ascii() const { return (what_ & kEnvelopeNotAscii) == 0; }
  /// BODYSTRUCTURE as FETCH writes it to clients without UTF8=ACCEPT and IMAP4rev2; empty: not in here.
  [[nodiscard]] View structure() const { return structure_; }
  [[nodiscard]] bool structure_is_ascii() const { return (what_ & kStructureNotAscii) == 0; }
  /// Whether it has a message/global, which IMAP4rev2 shows in another way.
  [[nodiscard]] bool has_global() const { return (what_ & kHasGlobal) != 0; }
  /// BODY, which is BODYSTRUCTURE without its extension data; empty: not in here.
  [[nodiscard]] std::string body() const;
  /// A mime::Outline without header fields, packed; empty: not in here.
  [[nodiscard]] View tree() const { return tree_; }
  /// Fields of the header as they stand, in their order, for FieldReader and find_field().
  [[nodiscard]] View fields() const { return fields_; }
  /// Whether fields() has all fields of this name that the message has.
  [[nodiscard]] bool tells(View field_name) const;
  /// mime::preview(); nullopt: not in here.
  [[nodiscard]] std::optional<View> preview() const;

 private:
  friend class SummaryBuilder;
  static constexpr std::uint8_t kEnvelopeNotAscii = 1;
  static constexpr std::uint8_t kStructureNotAscii = 2;
  static constexpr std::uint8_t kHasGlobal = 4;
  static constexpr std::uint8_t kHasPreview = 8;

  std::uint8_t what_ = 0;
  std::uint64_t header_octets_ = 0;
  View envelope_;
  View structure_;
  View cuts_;
  View tree_;
  View fields_;
  View left_out_;
  View preview_;
};

}  // namespace posthorn::imap
