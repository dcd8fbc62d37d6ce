// Parameters of Content-Type and its kin as they are written (RFC 2045 section 5.1, RFC 2231, RFC 6532).
#pragma once

#include <cstddef>

#include "posthorn/grammar/mime/header_writer.h"

#include "grammar/mime/folding.h"

namespace posthorn::mime {

/// So that a piece of a value fits on a line beside it.
inline constexpr std::size_t kMaxParameterName = 40;
/// Octets; readers take 1,000 pieces of a value, and the smallest has seven octets.
inline constexpr std::size_t kMaxParameterValue = 7'000;

/// A token of RFC 2045, with at least one octet.
[[nodiscard]] bool is_token(View text);

/// "; name=value" in the plainest form that gives the value back: a token, a quoted string, or the pieces of RFC 2231.
/// @param parameter  its name is a token, its value UTF-8 without line ends
void put_parameter(FieldLine& line, const Parameter& parameter, HeaderForm form);

}  // namespace posthorn::mime
