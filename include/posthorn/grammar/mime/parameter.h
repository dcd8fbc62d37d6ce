// Parameters of Content-Type and its kin as views of the field: one scanner, nothing allocated (RFC 2045 section 5.1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

/// One parameter as it stands in the field. @lifetime views of the field
struct ParameterView {
  View name;            ///< as spelled: "filename*0*"
  View value;           ///< a token, or what stands between the quotes, with its backslashes and folding
  View loose;           ///< what stands before the next ";" or parameter: "a b.pdf" where `value` is "a"; else `value`
  bool quoted = false;  ///< `value` stood in quotes
};

/// Walks parameters, each after a ";" or, where that is missing, after white space. What is none is passed over;
/// comments may stand between all words. Duplicates come as they stand: the first counts, find_parameter() says so too.
class ParameterReader {
 public:
  /// @param text what follows the value of the field, as split_value() gives it. @lifetime borrowed
  explicit ParameterReader(View text) : text_(text) {}
  /// The next parameter that has a name and a value; false at the end.
  bool next(ParameterView& out);

 private:
  bool parameter(ParameterView& out);
  void quoted_value(ParameterView& out);
  void plain_value(ParameterView& out);

  View text_;
  std::size_t at_ = 0;
};

/// The words before the parameters. @lifetime views of the field
struct ValueView {
  View type;        ///< "text", or the whole value of a field like Content-Disposition
  View subtype;     ///< "plain"; empty where there is none
  View parameters;  ///< the rest, for ParameterReader
};
/// type ["/" subtype] at the front of a field body; nullopt when no word is there.
[[nodiscard]] std::optional<ValueView> split_value(View raw);
/// The same for Content-Type, which is nothing without a subtype (RFC 2045 section 5.2).
[[nodiscard]] std::optional<ValueView> split_content_type(View raw);

/// The first parameter with this name (ASCII case ignored); its value has to be unquoted.
[[nodiscard]] std::optional<ParameterView> find_parameter(View parameters, View name);

/// Appends a value without backslashes and without the line ends of folding; tokens stay as they are.
void append_unquoted(std::string& out, const ParameterView& parameter);
[[nodiscard]] inline std::string unquoted(const ParameterView& parameter) {
  std::string out;
  append_unquoted(out, parameter);
  return out;
}

}  // namespace posthorn::mime
