// Header fields of messages and parts: finding, unfolding, Content-Type and its kin (RFC 5322, 2045, 2183, 2231).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

/// Walks the fields of a header block; lines that belong to no field are passed over. CRLF and LF end lines.
class FieldReader {
 public:
  /// @param header from the first field to the empty line, which may be missing. @lifetime borrowed
  explicit FieldReader(View header) : header_(header) {}
  /// The next field; false at the end of the header.
  bool next(Field& out);

 private:
  View header_;
  std::size_t at_ = 0;
};

/// What follows the colon of the first field with this name (ASCII case ignored), folding kept.
[[nodiscard]] std::optional<View> find_field(View header, View name);

/// Takes out the line ends of folding and the white space at both ends (RFC 5322 section 2.2.3).
[[nodiscard]] std::string unfold(View raw);

/// One parameter as it stands on the wire: "filename*0*" is a name, its value is not decoded.
struct Parameter {
  std::string name;   ///< as spelled
  std::string value;  ///< without quotes
  bool operator==(const Parameter&) const = default;
};

/// type "/" subtype with parameters (RFC 2045 section 5.1).
struct ContentType {
  std::string type;     ///< as spelled
  std::string subtype;  ///< as spelled
  std::vector<Parameter> parameters;
};
/// A value with parameters: Content-Disposition (RFC 2183).
struct Disposition {
  std::string kind;  ///< as spelled
  std::vector<Parameter> parameters;
};

/// nullopt when there is no type and subtype to read; parameters after a fault are left out.
[[nodiscard]] std::optional<ContentType> parse_content_type(View raw);
[[nodiscard]] std::optional<Disposition> parse_disposition(View raw);
/// The words of Content-Language or Content-Transfer-Encoding: tokens separated by commas, comments left out.
[[nodiscard]] std::vector<std::string> parse_tokens(View raw);

/// The value of the first parameter with this name (ASCII case ignored), or null.
[[nodiscard]] const std::string* find_parameter(const std::vector<Parameter>& parameters, View name);

/// A parameter with its continuations joined and its percent escapes undone, in UTF-8 (RFC 2231); encoded words in
/// it, which RFC 2047 forbids and people send, are decoded too.
[[nodiscard]] std::optional<std::string> decoded_parameter(const std::vector<Parameter>& parameters, View name);

/// 7bit for an absent field.
[[nodiscard]] Encoding parse_encoding(std::optional<View> raw);

}  // namespace posthorn::mime
