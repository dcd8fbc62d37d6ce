// Sections of FETCH: which octets of a message `BODY[1.2.HEADER.FIELDS (To)]<0.100>` names (RFC 9051 section 6.4.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// Most part numbers in one section, and most field names.
inline constexpr std::size_t kMaxPath = 100;
inline constexpr std::size_t kMaxFieldNames = 1000;

struct Section {
  enum class Kind : std::uint8_t { all, header, fields, fields_not, text, mime };
  std::vector<std::uint32_t> path;
  Kind kind = Kind::all;
  std::vector<std::string> names;  ///< of fields, as spelled

  /// Whether the place of the octets follows from the end of the message's own header.
  [[nodiscard]] bool needs_only_header() const { return path.empty(); }
  [[nodiscard]] bool is_field_list() const { return kind == Kind::fields || kind == Kind::fields_not; }
};

/// section = "[" [section-spec] "]"
bool section(Cursor& c, Section& out);
/// section-binary = "[" [section-part] "]"
bool section_binary(Cursor& c, Section& out);
/// The same text, as the response repeats it.
void write_section(Responder& out, const Section& section);

/// Octets [begin, end) of a message.
struct Extent {
  mime::Offset begin = 0;
  mime::Offset end = 0;
};

/// Of a section without part numbers; for field lists the header that they are taken from.
[[nodiscard]] Extent extent_of(Section::Kind kind, mime::Offset header_end, mime::Offset size);
/// Of any section; nullopt when the message has no such part.
[[nodiscard]] std::optional<Extent> extent_of(const Section& section, const mime::Outline& message);

/// The part that part numbers lead to; null: the message has no such part. @lifetime that of `message`
[[nodiscard]] const mime::Part* part_of(const std::vector<std::uint32_t>& path, const mime::Outline& message);

/// The fields of `header` that a field list keeps, as they are, and an empty line.
[[nodiscard]] std::string matching_fields(View header, const Section& section);

}  // namespace posthorn::imap
