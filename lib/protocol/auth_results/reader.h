// The tokens of Authentication-Results (RFC 8601 section 2.2, RFC 2045 section 5.1).
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

namespace posthorn::auth_results {

inline constexpr CharSet kToken = chars::kVisible - CharSet("()<>@,;:\\\"/[]?=") + chars::kEightBit;

/// Letters, digits and hyphens, the last one no hyphen (RFC 5321 section 4.1.2).
[[nodiscard]] bool is_keyword(View text);
/// Whether a text may stand as the value of a property without quotes: a token, or an address.
[[nodiscard]] bool is_plain_value(View text);

/// Comments and folding white space, if there are any; whether there were. A comment that does not end is a fault.
/// @param comment  gets the text of the first comment
bool take_cfws(Cursor& c, std::string* comment = nullptr);
bool take_keyword(Cursor& c, std::string& out);
/// A token or a quoted string.
bool take_value(Cursor& c, std::string& out);
/// The value of a property: also [[local-part] "@"] domain.
bool take_property_value(Cursor& c, std::string& out);

}  // namespace posthorn::auth_results
