// The field Authentication-Results of a message (RFC 8601, RFC 8616).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::auth_results {

struct Limits {
  std::size_t octets = 64U << 10U;  ///< of a field
  std::size_t results = 100;        ///< of a field
  std::size_t properties = 50;      ///< of a result
};

/// What a result is about: "smtp.mailfrom=joe@example.org".
struct Property {
  std::string type;   ///< keyword: smtp, header, body, policy
  std::string name;   ///< keyword
  std::string value;  ///< without quotes, but for those of a local part; UTF-8
  bool operator==(const Property&) const = default;
};

/// "dkim=pass (1024-bit key) reason="good signature" header.d=example.org".
struct MethodResult {
  std::string method;  ///< keyword
  unsigned version = 1;
  std::string result;   ///< keyword
  std::string comment;  ///< the first behind the result, without its parentheses; empty: none
  std::string reason;   ///< empty: none
  std::vector<Property> properties;
  bool operator==(const MethodResult&) const = default;
};

struct Field {
  std::string authserv_id;  ///< who says so
  unsigned version = 1;
  std::vector<MethodResult> results;  ///< empty: "none"
  bool operator==(const Field&) const = default;
};

/// Reads what stands behind the colon. Methods, results and properties of any name are taken (methods.h has those that
/// are registered).
/// @param body  may be folded with CRLF; without the line end
/// @errors syntax, too_long, too_many (Limits)
[[nodiscard]] Result<Field> parse(View body, const Limits& limits = {});

/// The lines of a field with their line ends, folded at 78 columns where white space allows it. Values are quoted where
/// they have to be; octets that may not stand in a field become "?"; a result or property whose names are no
/// keywords is left out.
/// @param head  what stands before the authserv-id: "ARC-Authentication-Results: i=1;" for example
[[nodiscard]] std::string format(const Field& field, View head = "Authentication-Results:");

}  // namespace posthorn::auth_results
