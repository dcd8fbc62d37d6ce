// The MIME parser: octets in, calls out; any chunking makes the same calls (RFC 2045, 2046, 5322).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/strong.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mime {

using PartId = Strong<std::uint32_t, struct PartTag>;
/// Octets from the start of the message.
using Offset = std::uint64_t;

/// Content-Transfer-Encoding (RFC 2045 section 6.1).
enum class Encoding : std::uint8_t { seven_bit, eight_bit, binary, quoted_printable, base64, unknown };

/// What a message does that the RFCs do not allow, or allow only as obsolete. Nothing of it stops the parser.
enum class Defect : std::uint8_t {
  header_without_colon,
  header_too_long,
  too_many_headers,
  too_many_parts,
  nested_too_deep,
  boundary_missing,
  boundary_unterminated,
  bare_line_end,  ///< LF without CR
  nul_octet,      ///< in a header field
  eight_bit_header,
  bad_content_type,
  bad_encoding,
  duplicate_field,  ///< Content-Type or Content-Transfer-Encoding: the first counts
  mbox_from_line,
  premature_end,
  space_before_colon,
  bare_cr,             ///< in a header field: it ends no line
  bad_boundary,        ///< over 70 octets, other octets than RFC 2046 allows, or a space at its end
  boundary_repeated,   ///< an open multipart around has the same one: its delimiters close the inner
  duplicate_boundary,  ///< two boundary parameters: the first counts
  encoded_composite,   ///< base64 or quoted-printable on multipart/* or message/* (RFC 2045 section 6.4)
};

/// "header_without_colon" and so on, for logs and tools.
[[nodiscard]] View name_of(Defect defect);
/// One sentence for people, with the section that is broken.
[[nodiscard]] View describe(Defect defect);

struct FoundDefect {
  Defect defect;
  Offset at;  ///< of the line or field where it was found
};

struct Field {
  View name;  ///< as spelled
  View raw;   ///< what follows the colon, folding kept, without the last line end
  Offset at;  ///< of the name
};

/// A node of the tree. Offsets count from the start of the whole message.
struct Part {
  PartId id;
  PartId parent;        ///< itself for the message
  std::string type;     ///< lower case, "text"
  std::string subtype;  ///< lower case, "plain"
  Encoding encoding = Encoding::seven_bit;
  Offset header = 0;        ///< first octet of the header
  Offset body = 0;          ///< first octet after the empty line
  Offset end = 0;           ///< one after the last octet of the body, without the line end of a following boundary
  std::uint32_t lines = 0;  ///< line ends in the body
  std::string boundary;     ///< of a multipart
  [[nodiscard]] bool is_multipart() const { return type == "multipart"; }
  [[nodiscard]] bool is_message() const { return type == "message" && (subtype == "rfc822" || subtype == "global"); }
};

/// Named limits; what is over them is kept as opaque text and reported.
struct Limits {
  std::uint32_t max_depth = 100;
  std::uint32_t max_parts = 10'000;
  std::uint32_t max_fields = 10'000;           ///< per part
  std::uint32_t max_field_octets = 1U << 20U;  ///< one field, folding included
  std::uint32_t max_defects = 1'000;           ///< reported; of each kind only the first in each part is
};

/// Receives what the parser finds; override what you need. @lifetime views live during the call
class Visitor {
 public:
  virtual void part_begins(PartId, PartId /*parent*/) {}
  virtual void field(PartId, const Field&) {}
  virtual void body(PartId, View /*raw chunk*/) {}
  /// Text of a multipart before its first delimiter line and after its last; nobody is meant to see it.
  virtual void preamble(PartId, View /*raw chunk*/) {}
  virtual void epilogue(PartId, View /*raw chunk*/) {}
  virtual void part_ends(const Part&) {}
  virtual void defect(Defect, Offset) {}

 protected:
  ~Visitor() = default;
};

class Parser {
 public:
  Parser(Visitor& visitor, Limits limits);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  void feed(View chunk);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::mime
